package tesseralog_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"citybrain/ledger"
	"citybrain/ledger/ledgertest"
)

// journal is an outbox that survives the death of its program: every change is
// one line of a file, and a line without an end never happened.
type journal struct {
	*ledgertest.Memory
	mu   sync.Mutex
	file *os.File
	next int // the number of the next example
	// late is how long a placing takes: the moment in which the tree has a leaf
	// that the journal does not know of, which a fast disk makes too short to be hit.
	late time.Duration
}

func openJournal(name string) (*journal, error) {
	data, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	j := &journal{Memory: new(ledgertest.Memory)}
	for line := range strings.Lines(string(whole)) {
		if err := j.replay(strings.Fields(line)); err != nil {
			return nil, err
		}
	}
	if j.file, err = os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o644); err != nil {
		return nil, err
	}
	if err := j.file.Truncate(int64(len(whole))); err != nil {
		return nil, err
	}
	_, err = j.file.Seek(int64(len(whole)), 0)
	return j, err
}

func (j *journal) replay(words []string) error {
	if words[0] == "put" {
		to, err := strconv.Atoi(words[1])
		if err != nil {
			return err
		}
		from := j.next
		j.next = to
		return j.Memory.Put(context.Background(), ledgertest.Examples(from, to)...)
	}
	var placed []ledger.Placed
	for i := 1; i < len(words); i += 2 {
		leaf, err := strconv.ParseInt(words[i+1], 10, 64)
		if err != nil {
			return err
		}
		placed = append(placed, ledger.Placed{ID: ledger.RecordID(words[i]), Leaf: leaf})
	}
	return j.Memory.Place(context.Background(), placed)
}

// put stores n more examples.
func (j *journal) put(n int) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := fmt.Fprintf(j.file, "put %d\n", j.next+n); err != nil {
		return err
	}
	j.next += n
	return j.Memory.Put(context.Background(), ledgertest.Examples(j.next-n, j.next)...)
}

// Place implements ledger.Outbox.
func (j *journal) Place(ctx context.Context, placed []ledger.Placed) error {
	time.Sleep(j.late)
	j.mu.Lock()
	defer j.mu.Unlock()
	line := []byte("place")
	for _, p := range placed {
		line = fmt.Appendf(line, " %s %d", p.ID, p.Leaf)
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return err
	}
	return j.Memory.Place(ctx, placed)
}

func TestTheJournalKeepsTheContract(t *testing.T) {
	t.Run("empty", func(t *testing.T) {
		name := t.TempDir() + "/journal"
		j, err := openJournal(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.put(10); err != nil {
			t.Fatal(err)
		}
		if err := j.Place(t.Context(), []ledger.Placed{{ID: ledgertest.Example(3).ID, Leaf: 0}}); err != nil {
			t.Fatal(err)
		}
		if _, err := j.file.WriteString("place torn"); err != nil {
			t.Fatal(err)
		}
		again, err := openJournal(name)
		if err != nil {
			t.Fatal(err)
		}
		n, _ := again.WaitingCount(t.Context())
		last, _ := again.LastLeaf(t.Context())
		if n != 9 || last != 0 || again.next != 10 {
			t.Fatalf("%d wait, last leaf %d, next %d", n, last, again.next)
		}
	})
}
