package sqlstore

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	"citybrain/city"
)

// situation is one with all fields set, told apart by n.
func situation(n int) city.Situation {
	at := city.Instant(1_407_715_200_000_000 + int64(n)*1_000_000)
	rule := city.RuleID("parking-relief/garage-pressure")
	return city.Situation{
		ID: city.SituationIDOf(rule, "urn:x:1", at), Rule: rule, Type: "garage-pressure", Entity: "urn:x:1", Severity: city.Major,
		Place: city.LinePlace(city.Point{Lon: 10.2, Lat: 56.15}, city.Point{Lon: 10.21, Lat: 56.16}), RaisedAt: at, RaisedReason: "over 80 %",
		Evidence: []city.Evidence{
			{Entity: "urn:x:2", Attribute: "vehicleCount", Value: city.NumberOf(311), At: at, Source: "parking", Note: "within 800 m: 312 m"},
			{Entity: "urn:x:3", Attribute: "location", Value: city.GeoOf(city.PointPlace(city.Point{Lon: 1, Lat: 2}))},
		},
		ClearedAt: at + 5, ClearedReason: "data-fault", ClearEvidence: []city.Evidence{{Entity: "urn:x:2", Value: city.TextOf("城市 <é>")}, {Value: city.NumberOf(math.Inf(-1))}, {Value: city.BoolOf(true)}},
		Change: uint64(n), Standing: city.Standing{
			Notice: uint64(n), Announced: uint64(n), AnnouncedAt: at + 1, Group: "p/roads old-town", Flapping: true, Reminders: 2, RemindedAt: at + 3,
			Suppressed: []city.Suppression{
				{Way: city.Silenced, Silence: "00000001", Author: "duty-officer", Until: at + 9},
				{Way: city.Inhibited, Rule: "p/explained", Situation: "s9"},
				{Way: city.Flapping, Rule: "p/unsteady", Since: at, Changes: 7},
				{Way: city.Grouped, Rule: "p/roads", Group: "p/roads old-town", Until: at + 9},
			},
		},
	}
}

// announced is a situation that was announced as it was raised.
func announced(s city.Situation) city.Situation {
	s.Standing = city.Standing{Notice: s.Change, Announced: s.Change, AnnouncedAt: s.RaisedAt}
	return s
}

func TestSituationComesBack(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		raised := situation(1)
		raised.ClearedAt, raised.ClearedReason, raised.ClearEvidence = 0, "", nil
		bare := announced(city.Situation{ID: "bare", Rule: "p/r", Type: "r", RaisedAt: 9, Change: 2})
		must(t, s.SaveRules(ctx, 1, nil, nil, []city.Situation{raised, bare}))
		got, err := s.Situation(ctx, raised.ID)
		must(t, err)
		want(t, got, raised)
		got, err = s.Situation(ctx, "bare")
		must(t, err)
		want(t, got, bare)

		cleared := situation(1)
		cleared.Change, cleared.Standing.Notice = 3, 3
		cleared.Standing.Announced = 1 // the first notice that announced it stays
		must(t, s.SaveRules(ctx, 2, nil, nil, []city.Situation{cleared}))
		must(t, s.SaveRules(ctx, 2, nil, nil, []city.Situation{raised})) // older: passed over
		changes, err := s.SituationChanges(ctx, 0, 10)
		must(t, err)
		want(t, changes, []city.Situation{bare, cleared})
		changes, err = s.SituationChanges(ctx, 2, 10)
		must(t, err)
		want(t, changes, []city.Situation{cleared})
		if last, err := s.LastSituationChange(ctx); last != 3 || err != nil {
			t.Fatal(last, err)
		}
		if _, err := s.Situation(ctx, "none"); city.KindOf(err) != city.NotFound {
			t.Fatal(err)
		}
	})
}

// manySituations are random ones on few moments, types and places.
func manySituations(r *rand.Rand, n int) []city.Situation {
	list := make([]city.Situation, n)
	for i := range list {
		s := city.Situation{
			ID: city.SituationID(fmt.Sprintf("%08x", r.Uint32())), Type: fmt.Sprint("t", r.IntN(3)), Entity: city.EntityID(fmt.Sprint("urn:x:", r.IntN(4))),
			Severity: city.Severity(1 + r.IntN(4)), RaisedAt: city.Instant(1000 + r.IntN(50)), Change: uint64(i + 1),
		}
		s.Rule = city.RuleID("p/" + s.Type)
		if r.IntN(2) == 0 {
			s.ClearedAt = s.RaisedAt + city.Instant(r.IntN(30))
		}
		if r.IntN(5) > 0 {
			s.Place = city.LinePlace(randomPoint(r), randomPoint(r))
		}
		if s = announced(s); r.IntN(3) == 0 {
			s.Standing = city.Standing{Notice: s.Change, Suppressed: []city.Suppression{{Way: city.SuppressedWays[r.IntN(4)]}}}
		}
		list[i] = s
	}
	return list
}

func randomPoint(r *rand.Rand) city.Point {
	return city.Point{Lon: 10.2 + r.Float64()/10, Lat: 56.1 + r.Float64()/10}
}

func randomQuery(r *rand.Rand) SituationQuery {
	var q SituationQuery
	chance := func() bool { return r.IntN(3) == 0 }
	if chance() {
		q.Types = []string{"t0", fmt.Sprint("t", r.IntN(3))}
	}
	if chance() {
		q.Rule = "p/t1"
	}
	if chance() {
		q.Entity = "urn:x:2"
	}
	if chance() {
		q.Severity = city.Moderate
	}
	if chance() {
		q.During.From = city.Instant(1000 + r.IntN(60))
	}
	if chance() {
		q.During.To = city.Instant(1000 + r.IntN(60))
	}
	q.State = SituationState(r.IntN(3))
	if chance() {
		q.Standing = SituationStanding(r.IntN(3))
	}
	if chance() {
		q.Way = city.SuppressedWays[r.IntN(4)]
	}
	if chance() {
		q.Near = &Near{randomPoint(r), r.Float64() * 5000}
	}
	if chance() {
		low := randomPoint(r)
		q.Box = &[2]city.Point{low, {Lon: low.Lon + 0.03, Lat: low.Lat + 0.03}}
	}
	return q
}

// selects says what q means, one situation at a time.
func selects(q *SituationQuery, s *city.Situation) bool {
	end := s.ClearedAt
	if s.Up() {
		end = city.Forever
	}
	overlaps := (q.During.To == 0 || s.RaisedAt < q.During.To) && (q.During.From == 0 || end > q.During.From || s.RaisedAt >= q.During.From)
	placed := q.Near == nil && q.Box == nil
	if s.Place != nil {
		placed = true
		if q.Near != nil {
			placed = slices.ContainsFunc(s.Place.Points, func(p city.Point) bool { return p.Distance(q.Near.At) <= q.Near.Metres })
		}
		if q.Box != nil {
			low, high := s.Place.Bounds()
			placed = placed && low.Lon <= q.Box[1].Lon && high.Lon >= q.Box[0].Lon && low.Lat <= q.Box[1].Lat && high.Lat >= q.Box[0].Lat
		}
	}
	standing := (q.Standing == AnyStanding || (q.Standing == Suppressed) == s.Standing.Quiet()) &&
		(q.Way == "" || s.Standing.Quiet() && s.Standing.Suppressed[0].Way == q.Way)
	return standing && overlaps && placed && (len(q.Types) == 0 || slices.Contains(q.Types, s.Type)) && (q.Rule == "" || q.Rule == s.Rule) &&
		(q.Entity == "" || q.Entity == s.Entity) && s.Severity >= q.Severity && (q.State == AnyState || (q.State == Up) == s.Up())
}

func TestSituationQueries(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		r := rand.New(rand.NewPCG(3, 4))
		all := manySituations(r, 400)
		must(t, s.SaveRules(ctx, 1, nil, nil, all))
		slices.SortFunc(all, func(a, b city.Situation) int {
			if a.RaisedAt != b.RaisedAt {
				return int(b.RaisedAt - a.RaisedAt)
			}
			return strings.Compare(string(b.ID), string(a.ID))
		})
		hits := 0
		for range 300 {
			q := randomQuery(r)
			var wanted []city.Situation
			for i := range all {
				if selects(&q, &all[i]) {
					wanted = append(wanted, all[i])
				}
			}
			hits += len(wanted)
			q.Limit = 1 + r.IntN(20)
			want(t, pages(t, s, q), wanted, cmpopts.EquateEmpty())
		}
		if hits < 1000 {
			t.Fatalf("only %d hits: the test does not test", hits)
		}
	})
}

// pages reads all pages of q, as a client does.
func pages(t *testing.T, s *Store, q SituationQuery) []city.Situation {
	t.Helper()
	var all []city.Situation
	for {
		page, err := s.Situations(ctx, q)
		must(t, err)
		all = append(all, page...)
		if len(page) < q.Limit {
			return all
		}
		q.After = CursorOf(&page[len(page)-1])
	}
}

func TestNearAcrossAntimeridian(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		east := announced(city.Situation{ID: "e", Rule: "p/r", Type: "r", RaisedAt: 1, Change: 1, Place: city.PointPlace(city.Point{Lon: -179.999, Lat: 0})})
		far := city.Situation{ID: "f", Rule: "p/r", Type: "r", RaisedAt: 2, Change: 2, Place: city.PointPlace(city.Point{Lon: 0, Lat: 0})}
		must(t, s.SaveRules(ctx, 1, nil, nil, []city.Situation{east, far}))
		got, err := s.Situations(ctx, SituationQuery{Near: &Near{city.Point{Lon: 179.999, Lat: 0}, 1000}})
		must(t, err)
		want(t, got, []city.Situation{east})
	})
}

// Text that is not UTF-8 does not hold up the checkpoint.
func TestSituationWithBadText(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		bad := city.Situation{ID: "b", Rule: "p/r", Type: "r", RaisedAt: 1, Change: 1, RaisedReason: "x\xff"}
		must(t, s.SaveRules(ctx, 1, nil, nil, []city.Situation{bad}))
		got, err := s.Situation(ctx, "b")
		if err != nil || got.RaisedReason != "x\uFFFD" {
			t.Fatal(got, err)
		}
	})
}

func FuzzDecodeBody(f *testing.F) {
	one := situation(1)
	data, err := encodeBody(&one)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"place":{"kind":"Point","points":[]},"evidence":[{"kind":"number","number":"NaN"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s city.Situation
		if decodeBody(data, &s) != nil {
			return
		}
		if _, err := encodeBody(&s); err != nil {
			t.Fatalf("%+v was read and cannot be written: %v", s, err)
		}
	})
}
