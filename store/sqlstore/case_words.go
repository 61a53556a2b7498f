package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/ledger"
)

const insertWords = `INSERT INTO case_word (word, opened_at, case_id) VALUES `

// anyWord is a word of every case: by it the latest of all are found.
const anyWord = ""

// wordRows are the rows of case_word of a case.
func wordRows(c *casework.Case) [][]any {
	rows := [][]any{{anyWord, int64(c.OpenedAt), string(c.ID)}}
	for _, word := range c.Words() {
		rows = append(rows, []any{word, int64(c.OpenedAt), string(c.ID)})
	}
	return rows
}

// The bounds of a search: of so many cases that have one word it looks at each,
// whatever their number in all; where every word has more, at the latest.
const (
	fewCases    = 2000
	latestCases = 5000
)

// find lists the ids of the cases that have the words sought, as Query.Words
// says. It begins with the word that the fewest cases have and looks at each of
// these for the others, in the index of words alone. Cases do not go away and
// keep their words: so it needs no common snapshot with the query that follows.
func (s *Store) find(ctx context.Context, words []casework.Sought) ([]string, error) {
	first, err := s.rarest(ctx, words)
	if err != nil {
		return nil, err
	}
	var w where
	from := ""
	if first >= 0 {
		from = w.having(&words[first]) + ` LIMIT ` + w.arg(fewCases)
	} else {
		word := anyWord
		for i := range words {
			if isWhole(words[i].Prefix) && len(words[i].About) == 0 { // the index has its cases in order
				word, first = words[i].Prefix, i
			}
		}
		from = `SELECT case_id, opened_at FROM case_word WHERE word = ` + w.arg(word) + ` ORDER BY opened_at DESC LIMIT ` + w.arg(latestCases)
	}
	for i := range words {
		if i != first {
			w.and(w.has(&words[i]))
		}
	}
	ids := []string{}
	query := `SELECT case_id, opened_at FROM (` + from + `) AS candidate` + w.String() + ` GROUP BY case_id, opened_at ORDER BY opened_at DESC, case_id LIMIT ` + w.arg(casework.MaxFound)
	err = each(ctx, s.read, query, w.args, func(rows *sql.Rows) error {
		var id string
		var at int64
		err := rows.Scan(&id, &at)
		ids = append(ids, id)
		return err
	})
	return ids, s.explain("find cases", err)
}

// rarest is the index of the word that the fewest cases have, -1 if each has
// more than fewCases.
func (s *Store) rarest(ctx context.Context, words []casework.Sought) (int, error) {
	first, fewest := -1, fewCases+1
	for i := range words {
		var w where
		query := `SELECT count(*) FROM (` + w.having(&words[i]) + ` LIMIT ` + w.arg(fewest) + `) AS candidate`
		var n int
		if err := s.read.QueryRowContext(ctx, query, w.args...).Scan(&n); err != nil {
			return -1, s.explain("find cases", err)
		}
		if n < fewest {
			first, fewest = i, n
		}
	}
	return first, nil
}

// behind is above every text that begins with another: nothing is above the last
// character there is.
const behind = "\U0010FFFF"

// isWhole says whether a word goes on in no other.
func isWhole(word string) bool {
	first, _ := utf8.DecodeRuneInString(word)
	return unicode.Is(unicode.Han, first) && utf8.RuneCountInString(word) > 1
}

// having selects the cases that have a word, perhaps some of them twice.
func (w *where) having(s *casework.Sought) string {
	from := `SELECT case_id, opened_at FROM case_word WHERE ` + w.is(s.Prefix)
	if len(s.About) > 0 {
		from += ` UNION ALL SELECT id, opened_at FROM casefile WHERE ` + w.about(s)
	}
	return from
}

// has is the condition that a candidate has a word.
func (w *where) has(s *casework.Sought) string {
	condition := `EXISTS (SELECT 1 FROM case_word AS other WHERE other.case_id = candidate.case_id AND ` + w.is(s.Prefix) + `)`
	if len(s.About) > 0 {
		condition += ` OR EXISTS (SELECT 1 FROM casefile WHERE id = candidate.case_id AND ` + w.about(s) + `)`
	}
	return `(` + condition + `)`
}

func (w *where) is(prefix string) string {
	if isWhole(prefix) {
		return `word = ` + w.arg(prefix)
	}
	return `word >= ` + w.arg(prefix) + ` AND word < ` + w.arg(prefix+behind)
}

func (w *where) about(s *casework.Sought) string {
	about := make([]string, len(s.About))
	for i, id := range s.About {
		about[i] = string(id)
	}
	return `entity <> '' AND entity IN (` + w.list(about) + `)`
}

// fillWords is migration 6: it gives the cases that are there already their
// words.
func fillWords(ctx context.Context, tx *sql.Tx) error {
	for after := ""; ; {
		var rows [][]any
		n := 0
		err := each(ctx, tx, `SELECT id, body FROM casefile WHERE id > $1 ORDER BY id LIMIT $2`, []any{after, checkPage}, func(r *sql.Rows) error {
			var body []byte
			if err := r.Scan(&after, &body); err != nil {
				return err
			}
			n++
			c, err := decodeCase(body)
			if err != nil {
				return city.Errorf(city.Internal, "sqlstore.Open", "case %s cannot be read, so it gets no words: %v", after, err)
			}
			rows = append(rows, wordRows(&c)...)
			return nil
		})
		if err != nil {
			return err
		}
		if err := insertRows(ctx, tx, insertWords, 3, rows, ``); err != nil {
			return err
		}
		if n < checkPage {
			return nil
		}
	}
}

// wordsOf reads the words of a range of cases.
func (c *checker) wordsOf(ctx context.Context, after, last string) (map[string][]string, error) {
	var w where
	between(&w, "case_id", after, last)
	all := map[string][]string{}
	err := each(ctx, c.tx, `SELECT case_id, opened_at, word FROM case_word`+w.String()+` ORDER BY case_id, word`, w.args, func(rows *sql.Rows) error {
		row, err := scanAny(rows, 3)
		if err == nil {
			key := fmt.Sprint(row[0])
			all[key] = append(all[key], fmt.Sprint(row[1], " ", row[2]))
		}
		return err
	})
	return all, err
}

// checkWords compares the words by which a case is found with its body.
func (c *checker) checkWords(stored *casework.Case, id string) {
	wanted := append([]string{anyWord}, stored.Words()...)
	for i := range wanted {
		wanted[i] = fmt.Sprint(int64(stored.OpenedAt), " ", wanted[i])
	}
	if !slices.Equal(wanted, c.words[id]) {
		c.damage(ledger.DamagedSubject, id, "is found by %d words that are not the %d of its number, title and text", len(c.words[id]), len(wanted))
	}
}
