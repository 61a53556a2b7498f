package sqlstore

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// placeholders is ($1,$2),($3,$4)… for rows of a width.
func placeholders(rows, width int) string { return placeholdersFrom(1, rows, width) }

// placeholdersFrom is placeholders that begins with another number.
func placeholdersFrom(first, rows, width int) string {
	var b strings.Builder
	for i := range rows * width {
		switch {
		case i == 0:
			b.WriteString("($")
		case i%width == 0:
			b.WriteString("),($")
		default:
			b.WriteString(",$")
		}
		b.WriteString(strconv.Itoa(first + i))
	}
	b.WriteByte(')')
	return b.String()
}

// list is ($1,$2,…) for what stands behind IN.
func list(n int) string { return placeholders(1, n) }

func anys[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// rowsAtOnce is how many rows one statement inserts: few enough that every
// number of rows has a prepared statement soon.
const rowsAtOnce = 32

// insertRows writes rows of a width: insert ends with VALUES, and rest follows
// the rows.
func insertRows(ctx context.Context, q querier, insert string, width int, rows [][]any, rest string) error {
	for chunk := range slices.Chunk(rows, rowsAtOnce) {
		args := slices.Concat(chunk...)
		if _, err := q.ExecContext(ctx, insert+placeholders(len(chunk), width)+rest, args...); err != nil {
			return err
		}
	}
	return nil
}

// count adds to counters and answers their values afterwards. The counters are
// locked until the transaction ends, always in the order of their names: so
// what they count is visible in its order.
func count(ctx context.Context, tx *sql.Tx, by map[string]int64) (map[string]int64, error) {
	names := slices.Sorted(maps.Keys(by))
	var args []any
	for _, name := range names {
		args = append(args, name, by[name])
	}
	values := map[string]int64{}
	err := each(ctx, tx, `INSERT INTO counter (name, value) VALUES `+placeholders(len(names), 2)+`
ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value RETURNING name, value`, args, func(rows *sql.Rows) error {
		var name string
		var value int64
		err := rows.Scan(&name, &value)
		values[name] = value
		return err
	})
	return values, err
}
