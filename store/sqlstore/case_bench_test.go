package sqlstore

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/internal/testkit/postgres"
)

// benchBoth runs a benchmark on an empty database of each engine.
func benchBoth(b *testing.B, bench func(b *testing.B, s *Store)) {
	b.Run("SQLite", func(b *testing.B) { bench(b, benchStore(b)) })
	b.Run("PostgreSQL", func(b *testing.B) { bench(b, openPostgres(b, postgres.Database(b))) })
}

// Durable moves by many people at once, each in a case of their own.
func BenchmarkMoves(b *testing.B) {
	for _, people := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			benchBoth(b, func(b *testing.B, s *Store) {
				var n atomic.Int64
				b.SetParallelism(max(1, people/2)) // times the number of processors
				b.ResetTimer()
				b.RunParallel(func(p *testing.PB) {
					c := saveOne(b, s, newCase(int(n.Add(1))))
					for p.Next() {
						c = saveOne(b, s, note(c, "处置人员已到达现场"))
						n.Add(1)
					}
				})
				b.ReportMetric(float64(n.Load())/b.Elapsed().Seconds(), "moves/s")
			})
		})
	}
}

// manyCases are n cases of road-authority, a share of them closed.
func manyCases(b *testing.B, s *Store, n int, closed float64) {
	b.Helper()
	r := rand.New(rand.NewPCG(7, 7))
	for from := 0; from < n; from += 500 {
		var changes []casework.Change
		for i := range 500 {
			c := newCase(from + i)
			at := opened + city.Instant(r.IntN(90*86400))*1e6
			c.Case.OpenedAt, c.Case.ChangedAt, c.Moves[0].At = at, at, at
			c.Case.Deadline = at + city.Instant(1+r.IntN(48))*3600e6
			c.Case.Severity = city.Severity(1 + r.IntN(4))
			c.Case.Kind = []string{"garage-pressure", "flooding", "data", "hotline"}[r.IntN(4)]
			lead := &c.Case.Tasks[0]
			lead.State = taskStates[r.IntN(3)]
			lead.Deadline = c.Case.Deadline - 1800e6
			c.Case.State = caseStates[2+r.IntN(4)]
			if r.Float64() < closed {
				lead.State, c.Case.State, c.Case.ClosedAt = casework.TaskDone, casework.Closed, at+3600e6
				c.Case.Tasks[1].State = casework.TaskDone
			}
			changes = append(changes, c)
		}
		if _, err := s.Save(ctx, changes...); err != nil {
			b.Fatal(err)
		}
	}
}

// The worklist of an agency with 100,000 cases, by the questions that pages ask.
// "p99-ms" is what counts: of a page of 100 with its total.
func BenchmarkWorklist(b *testing.B) {
	late := opened + 89*86400e6
	queries := []struct {
		name  string
		query casework.Query
	}{
		{"open by deadline", casework.Query{NotState: casework.Closed, ByDeadline: true}},
		{"all by opening", casework.Query{}},
		{"waiting", casework.Query{NotState: casework.Closed, Tasks: []casework.TaskState{casework.TaskWaiting}, ByDeadline: true}},
		{"mine to do", casework.Query{NotState: casework.Closed, Tasks: []casework.TaskState{casework.TaskWaiting, casework.TaskHandling}, ByDeadline: true}},
		{"overdue early", casework.Query{OverdueAt: opened + 86400e6, ByDeadline: true}},
		{"overdue late", casework.Query{OverdueAt: late, ByDeadline: true}},
		{"overdue by opening", casework.Query{OverdueAt: opened + 86400e6}},
		{"rare kind", casework.Query{Kinds: []string{"none"}, ByDeadline: true}},
		{"critical", casework.Query{Severity: city.Critical, NotState: casework.Closed}},
		{"a word of all", casework.Query{Words: []casework.Sought{{Prefix: "garage"}}, ByDeadline: true}},
		{"words of all", casework.Query{Words: []casework.Sought{{Prefix: "车库"}, {Prefix: "压力"}, {Prefix: "press"}}, NotState: casework.Closed}},
		{"a number", casework.Query{Words: []casework.Sought{{Prefix: "20140812"}, {Prefix: "0777"}}}},
		{"last week", casework.Query{OpenedFrom: late - 7*86400e6, ByDeadline: true}},
	}
	for _, closed := range []float64{0, 0.95} {
		b.Run(fmt.Sprintf("%.0f%% closed", closed*100), func(b *testing.B) {
			benchBoth(b, func(b *testing.B, s *Store) {
				manyCases(b, s, 100_000, closed)
				for _, agency := range []city.AgencyID{"road-authority", ""} {
					for _, q := range queries {
						q.query.Agency = agency
						if agency == "" {
							q.query.Tasks = nil
						}
						b.Run(q.name+" "+string(agency), func(b *testing.B) { pagesOf(b, s, q.query) })
					}
				}
			})
		})
	}
}

// pagesOf reads pages of a query one behind the other, from the first again
// after the last.
func pagesOf(b *testing.B, s *Store, q casework.Query) {
	var pages, counts []time.Duration
	for b.Loop() {
		from := time.Now()
		if _, err := s.Count(ctx, q); err != nil {
			b.Fatal(err)
		}
		counts = append(counts, time.Since(from))
		from = time.Now()
		page, err := s.Cases(ctx, q)
		if err != nil {
			b.Fatal(err)
		}
		pages = append(pages, time.Since(from))
		q.After = nil
		if len(page) == 100 {
			at := q.CursorOf(&page[99])
			q.After = &at
		}
	}
	slices.Sort(pages)
	slices.Sort(counts)
	p99 := func(d []time.Duration) float64 { return float64(d[len(d)*99/100].Microseconds()) / 1000 }
	b.ReportMetric(p99(pages), "p99-page-ms")
	b.ReportMetric(p99(counts), "p99-count-ms")
}
