package sqlstore

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"citybrain/casework"
)

// TestAttachedFilesAreListed lists the moves that attach files, of one case and
// of all, past those that cannot be read.
func TestAttachedFilesAreListed(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		for n := 1; n <= 3; n++ {
			c := note(saveOne(t, s, newCase(n)), `says "file": none`)
			c = note(saveOne(t, s, c), "")
			c.Moves[0].Verb, c.Moves[0].File = casework.Attach, strings.Repeat(fmt.Sprint(n), 64)
			saveOne(t, s, c)
		}
		unreadable := 0
		list := func(id casework.CaseID) (found []string) {
			n, err := s.Attached(ctx, id, func(m *casework.Move) { found = append(found, fmt.Sprint(m.Case[31:], ".", m.Seq, " ", m.File[:1])) })
			must(t, err)
			unreadable = n
			return found
		}
		if got := list(""); !slices.Equal(got, []string{"1.3 1", "2.3 2", "3.3 3"}) {
			t.Errorf("attached are %q", got)
		}
		second := casework.CaseID(fmt.Sprintf("%032x", 2))
		if got := list(second); !slices.Equal(got, []string{"2.3 2"}) {
			t.Errorf("attached to the second are %q", got)
		}
		if _, err := s.write.ExecContext(ctx, `UPDATE record SET body = (SELECT salt FROM record LIMIT 1) WHERE subject = $1`, string(second)); err != nil {
			t.Fatal(err)
		}
		if got := list(""); !slices.Equal(got, []string{"1.3 1", "3.3 3"}) {
			t.Errorf("past a damaged record, attached are %q", got)
		}
		if unreadable != 3 {
			t.Errorf("%d records cannot be read, want the 3 of the second case", unreadable)
		}
	})
}
