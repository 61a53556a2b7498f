package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/store/sqlstore"
	"citybrain/test/town"
)

// filled is a town whose records were filled in process, which takes a tenth of
// the time of asking the server. It is made once and serves every run.
type filled struct {
	city string
	data string
}

// fill makes a town with n cases, as made gives them, and lets the program run
// on it until every record has its leaf.
func (s *session) fill(n int, made func(i int, now city.Instant) (casework.Change, error)) (*filled, error) {
	dir, remove, err := s.tempDir()
	if err != nil {
		return nil, err
	}
	s.cleanup = append(s.cleanup, remove)
	f := &filled{data: filepath.Join(dir, "data")}
	if f.city, err = town.Write(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(f.data, 0o755); err != nil {
		return nil, err
	}
	store, err := sqlstore.Open(s, filepath.Join(f.data, "records.db"))
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	if err := errors.Join(fillCases(s, store, n, made), store.Close()); err != nil {
		return nil, err
	}
	written := time.Now()
	if err := s.seal(f); err != nil {
		return nil, err
	}
	fmt.Fprintf(s.progress, "%s cases written in %s, their records in the ledger after %s\n", grouped(float64(n), 0),
		written.Sub(begun).Round(100*time.Millisecond), time.Since(written).Round(100*time.Millisecond))
	return f, nil
}

// fillAtOnce is how many cases share a transaction.
const fillAtOnce = 1000

func fillCases(ctx context.Context, store *sqlstore.Store, n int, made func(int, city.Instant) (casework.Change, error)) error {
	now := city.InstantOf(time.Now())
	changes := make([]casework.Change, 0, fillAtOnce)
	for i := range n {
		change, err := made(i, now)
		if err != nil {
			return err
		}
		if changes = append(changes, change); len(changes) == fillAtOnce || i == n-1 {
			if _, err := store.Save(ctx, changes...); err != nil {
				return err
			}
			changes = changes[:0]
		}
	}
	return nil
}

const (
	hour = city.Instant(3600e6)
	// spread is the time over which the cases were opened; limit is that of each.
	spread = 96 * hour
	limit  = 72 * time.Hour
)

// lastMoveOnly is a change without the moves before the last, for lists, which
// read none: a fifth of the records.
func lastMoveOnly(c casework.Change) casework.Change {
	c.Moves = c.Moves[len(c.Moves)-1:]
	c.Case.Version, c.Moves[0].Seq = 1, 1
	return c
}

// madeCase is a case opened in the days before now, so that a quarter are late,
// and then moved on as the program does it.
func madeCase(i, moves int, now city.Instant) (casework.Change, error) {
	at := now - city.Instant(uint64(i)*2654435761%uint64(spread)) - hour
	c, m, err := casework.Begin(casework.Opening{
		Actor: everybody, Kind: []string{"road-damage", "obstacle", "signal-fault"}[i%3], Severity: city.Severity(1 + i%4), Limit: limit,
		Title: city.Names{ZH: fmt.Sprintf("路面障碍 %d", i), EN: fmt.Sprintf("Obstacle %d", i)}, Text: "环路由东向西，第二车道有障碍物，车辆绕行",
		Place: city.PointPlace(city.Point{Lon: 10.1 + float64(i%200)/1000, Lat: 56.1 + float64(i%100)/1000}),
	}, at)
	change := casework.Change{Moves: []casework.Move{m}, New: true, Day: at.Time().UTC().Format("20060102")}
	for n := 0; n < moves && err == nil; n++ {
		cmd := commands[n]
		cmd.Version, cmd.Actor = c.Version, everybody
		c, m, err = casework.Transition(c, cmd, at+city.Instant(n+1)*60e6)
		change.Moves = append(change.Moves, m)
	}
	change.Case = c
	return change, err
}

// commands begin the course of a case.
var commands = []casework.Command{
	{Verb: casework.FileCase},
	{Verb: casework.Dispatch, Agency: leadAgency, Assists: []city.AgencyID{assistAgency}, Order: "请到现场处置，恢复通行"},
	{Verb: casework.Accept, Agency: leadAgency},
	{Verb: casework.Accept, Agency: assistAgency},
	{Verb: casework.Finish, Agency: assistAgency, Text: "绕行车辆已发车"},
	{Verb: casework.Finish, Agency: leadAgency, Text: "故障车辆已拖离，路段恢复通行"},
}

// everybody holds the posts that the course needs.
var everybody = city.Actor{Account: "bench", Name: city.Names{ZH: "测量", EN: "Measurement"}, Posts: []city.Post{
	{ID: "duty-officer", Agency: leadAgency, Duty: city.DutyOfficer},
	{ID: leadAgency + "-dispatcher", Agency: leadAgency, Duty: city.Dispatcher},
	{ID: assistAgency + "-dispatcher", Agency: assistAgency, Duty: city.Dispatcher},
}}
