package history_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"citybrain/city"
	"citybrain/history"
	"citybrain/history/historytest"
)

// life is a past with the log behind it, which crashes now and then.
type life struct {
	t        *testing.T
	r        chance
	dir      string
	manifest *historytest.Memory
	past     *history.Past
	want     reference
	now      city.Instant
	log      [][]city.Change // the message at position i+1
	kept     city.Position   // the log has been trimmed up to here
	crashAt  history.Point
	crashes  int
}

var errCrash = errors.New("crash")

func (l *life) start() {
	l.crashAt = ""
	l.past = open(l.t, l.dir, l.manifest, history.Options{MaxTailRows: 300, CacheBytes: 1 << 16, At: func(p history.Point) error {
		if p == l.crashAt {
			return errCrash
		}
		return nil
	}})
	for i := l.kept; int(i) < len(l.log); i++ {
		l.apply(i+1, l.log[i])
	}
}

// apply shares a message out to workers by lane.
func (l *life) apply(pos city.Position, changes []city.Change) {
	const workers = 3
	var wg sync.WaitGroup
	for w := range workers {
		var mine []city.Change
		for i := range changes {
			if changes[i].Lane()%workers == w {
				mine = append(mine, changes[i])
			}
		}
		wg.Go(func() { l.past.Apply(pos, mine) })
	}
	wg.Wait()
}

func (l *life) write() {
	var changes []city.Change
	for range l.r.IntN(40) {
		c := l.r.change(l.now)
		changes = append(changes, c)
		l.want.apply(&c)
	}
	l.log = append(l.log, changes)
	l.apply(city.Position(len(l.log)), changes)
	l.now = l.now.Add(time.Duration(l.r.IntN(60)) * time.Minute)
}

func (l *life) seal() {
	if l.r.IntN(3) == 0 {
		l.crashAt = pick(l.r, history.WhileWriting, history.BeforeRename, history.AfterRename, history.BeforeManifest, history.AfterManifest)
	}
	_, err := l.past.Seal(context.Background(), holdAt(city.Position(len(l.log))), l.now)
	switch {
	case errors.Is(err, errCrash):
		l.crashes++
		l.check("after a failed seal")
		if l.r.IntN(2) == 0 { // the failure passes, the process lives on
			l.crashAt = ""
			return
		}
		l.past.Close()
		l.start()
	case err != nil:
		l.t.Fatal(err)
	}
	l.crashAt = ""
	if oldest, ok := l.past.Oldest(); ok {
		l.kept = oldest - 1
	} else {
		l.kept = city.Position(len(l.log))
	}
}

var readingsEqual = cmp.Options{cmpopts.EquateEmpty()}

func (l *life) check(when string) {
	l.t.Helper()
	for range 30 {
		q := l.r.query()
		got, err := l.past.Read(context.Background(), q)
		if err != nil {
			l.t.Fatal(err)
		}
		if diff := cmp.Diff(l.want.read(q), got, readingsEqual); diff != "" {
			l.t.Fatalf("%s: %+v (-want +got):\n%s", when, q, diff)
		}
		t, id, s, at := l.r.typ(), l.r.entity(), l.r.source(), l.r.moment()
		has, err := l.past.Has(t, id, s, at)
		if want := l.want.has(t, id, s, at); err != nil || has != want {
			l.t.Fatalf("%s: Has(%s, %s, %s, %s) = %v, %v, want %v", when, t, id, s, at, has, err, want)
		}
	}
}

func TestPastEqualsReference(t *testing.T) {
	sealed, crashes := 0, 0
	for seed := range uint64(5) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := &life{t: t, r: chance{rand.New(rand.NewPCG(seed, 1))}, dir: t.TempDir(), manifest: &historytest.Memory{}, want: reference{}, now: august}
			l.start()
			for step := range 90 {
				l.write()
				switch l.r.IntN(6) {
				case 0:
					l.seal()
				case 1:
					l.past.Close()
					l.start()
				case 2:
					l.check(fmt.Sprintf("step %d", step))
				}
			}
			l.check("at the end")
			sealed += l.past.Stats().Segments
			crashes += l.crashes
			l.past.Close()
		})
	}
	if sealed < 20 || crashes < 6 {
		t.Fatalf("only %d segments and %d crashes: the test does not test", sealed, crashes)
	}
}
