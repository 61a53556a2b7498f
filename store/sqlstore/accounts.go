package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"citybrain/city"
	"citybrain/identity"
	"citybrain/ledger"
)

const accountColumns = `id, version, name_zh, name_en, posts, password, disabled, created_at, changed_at`

// SaveAccount implements identity.Records.
func (s *Store) SaveAccount(ctx context.Context, c identity.Change) error {
	for _, text := range append(texts(c.Account.Posts), string(c.Account.ID), c.Account.Name.ZH, c.Account.Name.EN, c.Account.Password) {
		if !plain(text) {
			return city.Errorf(city.Invalid, "sqlstore.SaveAccount", "account %q has a text that is not UTF-8 or has NUL", c.Account.ID)
		}
	}
	for _, post := range c.Account.Posts {
		if post == "" || strings.ContainsAny(string(post), postSeparator) {
			return city.Errorf(city.Invalid, "sqlstore.SaveAccount", "account %s: %q is no name of a post", c.Account.ID, post)
		}
	}
	return s.inTx(ctx, "save an account", func(tx *sql.Tx) error {
		if c.Secret != nil {
			if err := useSecret(ctx, tx, *c.Secret); err != nil {
				return err
			}
		}
		if err := writeAccount(ctx, tx, &c.Account); err != nil {
			return err
		}
		if c.EndSessions {
			if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE account = $1`, string(c.Account.ID)); err != nil {
				return err
			}
		}
		return addRecords(ctx, tx, []ledger.Sealed{seal(c.Record)})
	})
}

// writeAccount writes the row if the stored version is the one before.
func writeAccount(ctx context.Context, tx *sql.Tx, a *identity.Account) error {
	statement := `UPDATE account SET version = $1, name_zh = $2, name_en = $3, posts = $4, password = $5, disabled = $6, created_at = $7, changed_at = $8
WHERE id = $9 AND version = $10`
	args := []any{a.Version, a.Name.ZH, a.Name.EN, joinPosts(a.Posts), a.Password, boolInt(a.Disabled), int64(a.CreatedAt), int64(a.ChangedAt), string(a.ID)}
	if a.Version == 1 {
		statement = `INSERT INTO account (version, name_zh, name_en, posts, password, disabled, created_at, changed_at, id) VALUES ` + placeholders(1, len(args)) +
			` ON CONFLICT (id) DO NOTHING`
	} else {
		args = append(args, a.Version-1)
	}
	done, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return city.Errorf(city.Conflict, "sqlstore.SaveAccount", "account %s has changed meanwhile: version %d does not follow the stored one", a.ID, a.Version)
}

// Account implements identity.Records.
func (s *Store) Account(ctx context.Context, id city.AccountID) (identity.Account, error) {
	a, err := scanAccount(s.read.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM account WHERE id = $1`, string(id)))
	if errors.Is(err, sql.ErrNoRows) {
		return identity.Account{}, city.Errorf(city.NotFound, "sqlstore.Account", "there is no account %s", id)
	}
	return a, s.explain("read an account", err)
}

// Accounts implements identity.Records.
func (s *Store) Accounts(ctx context.Context, after city.AccountID, limit int) ([]identity.Account, error) {
	var found []identity.Account
	err := each(ctx, s.read, `SELECT `+accountColumns+` FROM account WHERE id > $1 ORDER BY id LIMIT $2`,
		[]any{string(after), pageSize(limit)}, func(rows *sql.Rows) error {
			a, err := scanAccount(rows)
			found = append(found, a)
			return err
		})
	return found, s.explain("list accounts", err)
}

func scanAccount(row interface{ Scan(...any) error }) (identity.Account, error) {
	var a identity.Account
	var posts string
	err := row.Scan((*string)(&a.ID), &a.Version, &a.Name.ZH, &a.Name.EN, &posts, &a.Password, &a.Disabled, (*int64)(&a.CreatedAt), (*int64)(&a.ChangedAt))
	a.Posts = splitPosts(posts)
	return a, err
}

const postSeparator = " "

func joinPosts(posts []city.PostID) string { return strings.Join(texts(posts), postSeparator) }

func splitPosts(text string) []city.PostID {
	if text == "" {
		return nil
	}
	var posts []city.PostID
	for p := range strings.SplitSeq(text, postSeparator) {
		posts = append(posts, city.PostID(p))
	}
	return posts
}

// SetupSecret implements identity.Records.
func (s *Store) SetupSecret(ctx context.Context) (*identity.SecretHash, error) {
	hash, err := secret(ctx, s.read)
	return hash, s.explain("read the setup secret", err)
}

func secret(ctx context.Context, q querier) (*identity.SecretHash, error) {
	var digest []byte
	err := q.QueryRowContext(ctx, `SELECT digest FROM setup WHERE one = 1`).Scan(&digest)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	var hash identity.SecretHash
	if err == nil && copy(hash[:], digest) != len(hash) {
		err = city.Errorf(city.Internal, "sqlstore", "the digest of the setup secret has %d bytes", len(digest))
	}
	return &hash, err
}

// SetSetupSecret implements identity.Records.
func (s *Store) SetSetupSecret(ctx context.Context, hash *identity.SecretHash) error {
	return s.inTx(ctx, "set the setup secret", func(tx *sql.Tx) error {
		if hash == nil {
			_, err := tx.ExecContext(ctx, `DELETE FROM setup`)
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO setup (one, digest) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET digest = excluded.digest`, hash[:])
		return err
	})
}

// useSecret removes the secret; of many who use it at once one succeeds.
func useSecret(ctx context.Context, tx *sql.Tx, hash identity.SecretHash) error {
	done, err := tx.ExecContext(ctx, `DELETE FROM setup WHERE digest = $1`, hash[:])
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return city.Errorf(city.Denied, "sqlstore.SaveAccount", "the setup secret is not this one, or it has been used")
}
