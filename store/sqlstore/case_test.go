package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/ledger"
)

const opened city.Instant = 1407837600e6 // 2014-08-12T10:00:00Z

// newCase is a case that two agencies have, with its first move.
func newCase(n int) casework.Change {
	id := casework.CaseID(fmt.Sprintf("%032x", n))
	at := opened.Add(1) + city.Instant(n)*1e6
	return casework.Change{
		New: true, Day: "20140812",
		Case: casework.Case{
			ID: id, Version: 1, Kind: "garage-pressure", Title: city.Names{ZH: "车库压力", EN: "Garage pressure"}, Severity: city.Major,
			Place: city.PointPlace(city.Point{Lon: 10.2, Lat: 56.15}), State: casework.Dispatched, OpenedAt: at, ChangedAt: at, Deadline: at + 4*3600e6,
			Tasks: []casework.Task{
				{Agency: "road-authority", Lead: true, State: casework.TaskWaiting, Order: "疏导", GivenAt: at, Deadline: at + 2*3600e6},
				{Agency: "parking-operator", State: casework.TaskHandling, GivenAt: at, Deadline: at + 3600e6},
			},
		},
		Moves: []casework.Move{{Case: id, Seq: 1, At: at, Verb: casework.Report, Account: "duty-officer", Post: "duty-officer", To: casework.Reported}},
	}
}

// note is the next move of a case.
func note(c casework.Case, text string) casework.Change {
	c.Version++
	c.ChangedAt += 60e6
	return casework.Change{Case: c, Moves: []casework.Move{{Case: c.ID, Seq: c.Version, At: c.ChangedAt, Verb: casework.Note, Account: "duty-officer",
		From: c.State, To: c.State, Text: text}}}
}

func saveOne(t testing.TB, s *Store, c casework.Change) casework.Case {
	t.Helper()
	got, err := s.Save(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

// set gives every field of a value, however deep, something that is not zero.
func set(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("城市 <", *n, ">"))
	case reflect.Int64, reflect.Int, reflect.Int32:
		v.SetInt(opened.Time().Unix() + int64(*n))
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(uint64(*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(float64(*n) / 7)
	case reflect.Pointer:
		if v.Type() == reflect.TypeFor[*city.Place]() {
			v.Set(reflect.ValueOf(city.LinePlace(city.Point{Lon: 1, Lat: 2}, city.Point{Lon: 3, Lat: 4})))
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		set(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		set(v.Index(0), n)
		set(v.Index(1), n)
	case reflect.Struct:
		for i := range v.NumField() {
			set(v.Field(i), n)
		}
	default:
		panic("no value for " + v.Type().String())
	}
}

// A field that casework adds and that is forgotten here is found.
func TestEveryFieldOfACaseIsKept(t *testing.T) {
	var c casework.Case
	n := 0
	set(reflect.ValueOf(&c).Elem(), &n)
	body, digest, err := encodeCase(&c)
	must(t, err)
	got, err := decodeCase(body)
	must(t, err)
	want(t, got, c)
	if digest != digestOf(body) || len(digest) != 64 {
		t.Fatal(digest)
	}
	var m casework.Move
	set(reflect.ValueOf(&m).Elem(), &n)
	r, err := moveRecord(&m, digest)
	must(t, err)
	back, said, err := decodeMove(r.Body)
	must(t, err)
	want(t, back, m)
	if said != digest || r.Seq != m.Seq || r.At != m.At || r.Subject != string(m.Case) {
		t.Fatal(said, r)
	}
}

// Whatever goes wrong in a Save, nothing of it is stored, and others that wait
// with it are.
func TestSaveIsAllOrNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		first := saveOne(t, s, newCase(1))
		_, err := s.write.Exec(`CREATE UNIQUE INDEX refuse ON casefile (kind) WHERE kind = 'once'`)
		must(t, err)
		saveOne(t, s, kind(newCase(2), "once"))
		bad := newCase(4)
		bad.Case.Text = "\xff"
		for name, changes := range map[string][]casework.Change{
			"a row that is refused":  {note(first, "x"), newCase(3), kind(newCase(5), "once")},
			"a text that is no text": {note(first, "x"), bad},
			"a stale change":         {newCase(3), note(casework.Case{ID: first.ID, Version: 7}, "x")},
			"a record that is there": {newCase(3), {Case: first, Moves: []casework.Move{{Case: first.ID, Seq: 1, At: 5, Verb: casework.Note}}}},
		} {
			if _, err := s.Save(ctx, changes...); err == nil || city.KindOf(err) == city.Internal {
				t.Fatalf("%s: %v, want a refusal", name, err)
			}
		}
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := s.Save(cancelled, newCase(3)); city.KindOf(err) != city.Unavailable {
			t.Fatal(err)
		}
		if all, err := s.Cases(ctx, casework.Query{}); len(all) != 2 || err != nil {
			t.Fatal(len(all), "cases", err)
		}
		if moves, err := s.Moves(ctx, first.ID, 0); len(moves) != 1 || err != nil {
			t.Fatal(len(moves), "moves", err)
		}
		if n, err := s.WaitingCount(ctx); n != 2 || err != nil {
			t.Fatal(n, "records", err)
		}
		if c := saveOne(t, s, newCase(3)); c.Number != "20140812-0003" || c.Change != 3 {
			t.Fatalf("refused Saves used up numbers: %s, change %d", c.Number, c.Change)
		}
		sound(t, s)
	})
}

func kind(c casework.Change, kind string) casework.Change {
	c.Case.Kind = kind
	return c
}

// sound fails the test if CheckRecords finds anything.
func sound(t *testing.T, s *Store) {
	t.Helper()
	must(t, s.CheckRecords(ctx, func(d ledger.Damage) { t.Error(d) }))
}

// A group in which one Save cannot be stored stores the others.
func TestOneBadSaveDoesNotHoldUpOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		bad := newCase(2)
		bad.Case.Text = "\xff"
		group := []*saveRequest{request(newCase(1)), request(bad), request(newCase(3)), request(newCase(1)), request(newCase(4), newCase(5))}
		s.saveAll(group)
		for i, kind := range []city.ErrorKind{2: 99, 1: city.Invalid, 3: city.Conflict, 4: 99, 0: 99} {
			if err := group[i].err; (err == nil) != (kind == 99) || err != nil && city.KindOf(err) != kind {
				t.Errorf("save %d: %v", i, err)
			}
		}
		if n, err := s.Count(ctx, casework.Query{}); n != 4 || err != nil {
			t.Fatal(n, err)
		}
		numbers := map[string]bool{}
		for _, r := range group {
			for _, c := range r.cases {
				numbers[c.Number] = true
			}
		}
		if len(numbers) != 4 || !numbers["20140812-0001"] || !numbers["20140812-0004"] {
			t.Fatal(numbers)
		}
		sound(t, s)
	})
}

func request(changes ...casework.Change) *saveRequest {
	return &saveRequest{ctx: ctx, changes: changes, done: make(chan struct{})}
}

// Twenty writers at once, while leaves are placed and changes are read: of those
// who move the same case one wins, every number is given once, and readers see
// everything in order and completely.
func TestManyWriters(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		const writers, moves = 20, 12
		contested := saveOne(t, s, newCase(0))
		stop := make(chan struct{})
		seen, placed := followChanges(t, s, stop), placeRecords(t, s, stop)
		var group sync.WaitGroup
		var won atomic.Int64
		for w := range writers {
			group.Go(func() {
				own := saveOne(t, s, newCase(1+w))
				for i := range moves {
					own = saveOne(t, s, note(own, "mine"))
					account := accountChange(city.AccountID(fmt.Sprint("writer-", w)), int64(i+1))
					if err := s.SaveAccount(ctx, account); err != nil {
						t.Error(err)
					}
					if _, err := s.Save(ctx, note(contested, fmt.Sprint("writer ", w))); err == nil {
						won.Add(1)
					} else if city.KindOf(err) != city.Conflict {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		close(stop)
		if won.Load() != 1 {
			t.Errorf("%d writers won one version", won.Load())
		}
		changes := uint64(1 + writers + writers*moves + 1)
		if last := <-seen; last != changes {
			t.Errorf("the reader ended at change %d of %d", last, changes)
		}
		if n, all := <-placed, int(changes)+writers*moves; n != all {
			t.Errorf("%d of %d records have leaves", n, all)
		}
		inOrder(t, s)
		sound(t, s)
	})
}

// placeRecords gives leaves as the log does, until stop and then to the end. It
// answers how many.
func placeRecords(t *testing.T, s *Store, stop <-chan struct{}) <-chan int {
	out := make(chan int, 1)
	go func() {
		for n, ending := 0, false; ; {
			waiting, err := s.Waiting(ctx, 30)
			if err != nil {
				t.Error(err)
			}
			var placed []ledger.Placed
			for _, r := range waiting {
				placed = append(placed, ledger.Placed{ID: r.ID, Leaf: int64(n)})
				n++
			}
			if err := s.Place(ctx, placed); err != nil {
				t.Error(err)
			}
			if len(waiting) == 0 && ending {
				out <- n
				return
			}
			select {
			case <-stop:
				ending = true
			default:
			}
		}
	}()
	return out
}

// inOrder fails the test unless the leaves of every subject stand in the order
// of its records, without gaps.
func inOrder(t *testing.T, s *Store) {
	t.Helper()
	records, err := s.Records(ctx, -1, maxRecords)
	must(t, err)
	next := map[string]int64{}
	for i, r := range records {
		if next[r.Subject]++; r.Seq != next[r.Subject] || r.Leaf != int64(i) {
			t.Fatalf("leaf %d of %d is record %d of %s, not %d", r.Leaf, i, r.Seq, r.Subject, next[r.Subject])
		}
	}
}

// followChanges reads changes as the stream does, until stop and then to the
// end. It answers the last number.
func followChanges(t *testing.T, s *Store, stop <-chan struct{}) <-chan uint64 {
	out := make(chan uint64, 1)
	go func() {
		versions := map[casework.CaseID]int64{}
		last, ending := uint64(0), false
		for {
			page, err := s.CaseChanges(ctx, last, 50)
			if err != nil {
				t.Error(err)
			}
			for _, c := range page {
				if c.Change <= last || c.Version <= versions[c.ID] {
					t.Errorf("change %d after %d, version %d after %d", c.Change, last, c.Version, versions[c.ID])
				}
				last, versions[c.ID] = c.Change, c.Version
			}
			if len(page) > 0 {
				continue
			}
			if ending {
				out <- last
				return
			}
			select {
			case <-stop:
				ending = true
			default:
			}
		}
	}()
	return out
}

// A store that is opened for reading reads, also beside the one that writes, and
// refuses to write.
func TestOpenReading(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		saveOne(t, s, newCase(1))
		var r *Store
		var err error
		if s.path != "" {
			r, err = OpenReading(ctx, s.path)
		} else {
			r, err = OpenPostgresReading(ctx, addressOf(s))
		}
		must(t, err)
		defer r.Close()
		sound(t, r)
		if _, err := r.Case(ctx, newCase(1).Case.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Save(ctx, newCase(2)); city.KindOf(err) != city.Unsupported {
			t.Fatal(err)
		}
		if _, err := r.read.Exec(`DELETE FROM casefile`); err == nil {
			t.Fatal("a reading connection wrote")
		}
	})
	if _, err := OpenReading(ctx, t.TempDir()+"/none.db"); city.KindOf(err) != city.NotFound {
		t.Fatal(err)
	}
}

// addressOf is the address with which a store was opened.
func addressOf(s *Store) string { return s.engine.(*postgresEngine).config.ConnString() }

// A full disk is said to be one, nothing of the Save is stored, and with room
// again it is.
func TestSaveOnFullDisk(t *testing.T) {
	s := fresh(t)
	first := saveOne(t, s, newCase(1))
	_, err := s.write.Exec(`PRAGMA max_page_count = 60`)
	must(t, err)
	var failure error
	for n := 2; failure == nil && n < 1000; n++ {
		c := newCase(n)
		c.Case.Text = strings.Repeat("x", 5000)
		_, failure = s.Save(ctx, note(first, "with it"), c)
		if failure == nil {
			first, err = s.Case(ctx, first.ID)
			must(t, err)
		}
	}
	var e *city.Error
	if !errors.As(failure, &e) || e.Kind != city.Unavailable || e.Retry == 0 || !strings.Contains(e.Detail, "full") {
		t.Fatalf("%v, want unavailable with a time to retry", failure)
	}
	if c, err := s.Case(ctx, first.ID); err != nil || c.Version != first.Version {
		t.Fatal("half of a Save was stored", c.Version, err)
	}
	_, err = s.write.Exec(`PRAGMA max_page_count = 100000`)
	must(t, err)
	saveOne(t, s, note(first, "with it"))
	sound(t, s)
}
