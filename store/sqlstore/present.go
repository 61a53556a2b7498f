package sqlstore

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"citybrain/city"
)

// EntityRecord is the checkpoint of one entity. Version is the position of its
// last change; a deleted entity keeps its record, so that an older one cannot
// bring it back.
type EntityRecord struct {
	ID      city.EntityID
	Type    city.EntityType
	Version city.Position
	Deleted bool
	Data    []byte // opaque here; guarded by a checksum
}

// upsertRows is the number of entities that one statement writes.
const upsertRows = 100

// SaveEntities writes records, all or none. A record that is older than
// the stored one of its entity is passed over.
func (s *Store) SaveEntities(ctx context.Context, records []EntityRecord) error {
	if len(records) == 0 {
		return nil
	}
	return s.inTx(ctx, "save entities", func(tx *sql.Tx) error { return saveEntities(ctx, tx, records) })
}

func saveEntities(ctx context.Context, tx *sql.Tx, records []EntityRecord) error {
	args := make([]any, 0, upsertRows*6)
	var many *sql.Stmt
	for len(records) > 0 {
		n := distinct(records[:min(upsertRows, len(records))])
		args = args[:0]
		for i := range records[:n] {
			args = appendEntity(args, &records[i])
		}
		records = records[n:]
		if n < upsertRows {
			_, err := tx.ExecContext(ctx, upsertEntities(n), args...)
			return err
		}
		if many == nil {
			stmt, err := tx.PrepareContext(ctx, upsertEntities(upsertRows))
			if err != nil {
				return err
			}
			defer stmt.Close()
			many = stmt
		}
		if _, err := many.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// distinct is how many records stand before one of an entity that is among them
// already: PostgreSQL refuses to write a row twice in one statement.
func distinct(records []EntityRecord) int {
	seen := make(map[city.EntityID]struct{}, len(records))
	for i := range records {
		if seen[records[i].ID] = struct{}{}; len(seen) == i {
			return i
		}
	}
	return len(records)
}

func appendEntity(args []any, r *EntityRecord) []any {
	data := r.Data
	if data == nil {
		data = []byte{}
	}
	return append(args, string(r.ID), string(r.Type), int64(r.Version), boolInt(r.Deleted), entitySum(r), data)
}

// upsertEntities is the statement for n records.
func upsertEntities(n int) string {
	return `INSERT INTO entity (id, type, version, deleted, checksum, data) VALUES ` + placeholders(n, 6) + `
ON CONFLICT (id) DO UPDATE SET type = excluded.type, version = excluded.version, deleted = excluded.deleted,
checksum = excluded.checksum, data = excluded.data WHERE excluded.version >= entity.version`
}

// SavePresent records that the checkpoint holds every change up to pos, with
// the progress of the feeds at pos.
func (s *Store) SavePresent(ctx context.Context, pos city.Position, feeds []byte) error {
	return s.inTx(ctx, "save the present's position", func(tx *sql.Tx) error {
		return saveState(ctx, tx, `INSERT INTO present (one, position, checksum, feeds) VALUES (1, $1, $2, $3)
ON CONFLICT (one) DO UPDATE SET position = excluded.position, checksum = excluded.checksum, feeds = excluded.feeds`, pos, feeds)
	})
}

// LoadPresent hands every record to fn, in no order, deleted ones included,
// and returns the last SavePresent; 0 and nil if there was none. Record.Data belongs to fn.
func (s *Store) LoadPresent(ctx context.Context, fn func(EntityRecord) error) (pos city.Position, feeds []byte, err error) {
	err = s.inSnapshot(ctx, "load the present", func(tx *sql.Tx) (err error) {
		if pos, feeds, err = s.loadState(ctx, tx, "present", `SELECT position, checksum, feeds FROM present WHERE one = 1`); err != nil {
			return err
		}
		return s.loadEntities(ctx, tx, fn)
	})
	return pos, feeds, err
}

func (s *Store) loadEntities(ctx context.Context, tx *sql.Tx, fn func(EntityRecord) error) error {
	rows, err := tx.QueryContext(ctx, `SELECT id, type, version, deleted, checksum, data FROM entity`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r EntityRecord
		var version, sum int64
		if err := rows.Scan((*string)(&r.ID), (*string)(&r.Type), &version, &r.Deleted, &sum, &r.Data); err != nil {
			return err
		}
		r.Version = city.Position(version)
		if sum != entitySum(&r) {
			return s.engine.damaged(fmt.Sprintf("is damaged: the checkpoint of entity %s does not match its checksum", r.ID), nil)
		}
		if err := fn(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func entitySum(r *EntityRecord) int64 {
	var head [9]byte
	binary.LittleEndian.PutUint64(head[:], uint64(r.Version))
	head[8] = byte(boolInt(r.Deleted))
	sum := crc32.Update(0, castagnoli, head[:])
	sum = crc32.Update(sum, castagnoli, []byte(r.ID))
	sum = crc32.Update(sum, castagnoli, []byte(r.Type))
	return int64(crc32.Update(sum, castagnoli, r.Data))
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// saveState writes the one row of a table that keeps a position and bytes.
func saveState(ctx context.Context, tx *sql.Tx, statement string, pos city.Position, data []byte) error {
	if data == nil {
		data = []byte{}
	}
	_, err := tx.ExecContext(ctx, statement, int64(pos), stateSum(pos, data), data)
	return err
}

func (s *Store) loadState(ctx context.Context, tx *sql.Tx, table, query string) (city.Position, []byte, error) {
	var pos, sum int64
	var data []byte
	err := tx.QueryRowContext(ctx, query).Scan(&pos, &sum, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, nil
	}
	if err != nil {
		return 0, nil, err
	}
	if sum != stateSum(city.Position(pos), data) {
		return 0, nil, s.engine.damaged(fmt.Sprintf("is damaged: its table %s does not match its checksum", table), nil)
	}
	return city.Position(pos), data, nil
}

func stateSum(pos city.Position, data []byte) int64 {
	var head [8]byte
	binary.LittleEndian.PutUint64(head[:], uint64(pos))
	return int64(crc32.Update(crc32.Update(0, castagnoli, head[:]), castagnoli, data))
}
