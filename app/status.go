package app

import (
	"context"
	"time"

	"citybrain/alarm"
	"citybrain/api/admin"
	"citybrain/api/silences"
	"citybrain/city"
	"citybrain/store/sqlstore"
)

// status answers what api/admin asks, from all rooms.
type status struct{ a *App }

// Feeds implements admin.Feeds.
func (s status) Feeds(context.Context) ([]admin.Feed, error) {
	progress := map[city.FeedID]city.Progress{}
	for _, p := range s.a.present.Feeds() {
		progress[p.Feed] = p
	}
	late := *s.a.follower.late.Load()
	now := s.a.clock.Now()
	out := make([]admin.Feed, 0, len(s.a.City.Feeds))
	for _, m := range s.a.City.Feeds {
		spec := m.Spec()
		f := admin.Feed{ID: spec.ID, Title: spec.Title.Names(), Agency: spec.Agency, Observed: m.Observed(), Way: "push", Type: spec.Type, Progress: progress[spec.ID]}
		if spec.File != "" {
			f.Way = "file"
		}
		f.Late = late[spec.ID.Source()]
		f.State, f.Error = s.a.feeds.state(spec.ID)
		if f.State == admin.FeedWaiting && spec.File == "" && f.Progress.At != 0 { // rows have been pushed
			f.State = admin.FeedRunning
		}
		limit := s.a.City.Quality.StaleAfter(spec.ID.Source())
		f.Entities, f.StaleEntities = s.a.present.Reporting(spec.ID.Source(), now.Add(-limit))
		if limit == 0 {
			f.StaleEntities = 0
		}
		if last := f.Progress.LastAt; m.Observed() && last != 0 {
			f.Lag = max(0, now.Sub(last))
			f.Stale = limit > 0 && f.Lag > limit
		}
		out = append(out, f)
	}
	return out, nil
}

// Situations implements admin.Situations. What was announced before is there.
func (s status) Situations(ctx context.Context, f admin.SituationFilter) ([]city.Situation, error) {
	if err := s.a.follower.flush(ctx); err != nil {
		return nil, err
	}
	q := sqlstore.SituationQuery{
		Types: f.Types, Rule: f.Rule, Entity: f.Entity, Severity: f.Severity, During: f.During,
		Near: (*sqlstore.Near)(f.Near), Box: f.Box, After: (*sqlstore.Cursor)(f.After), Limit: f.Limit,
	}
	switch f.State {
	case "up":
		q.State = sqlstore.Up
	case "cleared":
		q.State = sqlstore.Cleared
	}
	switch q.Way = f.Suppressed; f.Announced {
	case "true":
		q.Standing = sqlstore.Announced
	case "false":
		q.Standing = sqlstore.Suppressed
	}
	return s.a.store.Situations(ctx, q)
}

// Situation implements admin.Situations.
func (s status) Situation(ctx context.Context, id city.SituationID) (city.Situation, error) {
	if err := s.a.follower.flush(ctx); err != nil {
		return city.Situation{}, err
	}
	return s.a.store.Situation(ctx, id)
}

// Silences implements silences.Silences.
func (s status) Silences(ctx context.Context, f silences.Filter) ([]alarm.Silence, error) {
	return s.a.store.Silences(ctx, sqlstore.SilenceQuery(f))
}

// Silence implements silences.Silences.
func (s status) Silence(ctx context.Context, id city.SilenceID) (alarm.Silence, error) {
	return s.a.store.Silence(ctx, id)
}

// CountStandings implements silences.Silences.
func (s status) CountStandings(ctx context.Context) (map[city.SuppressedBy]int, error) {
	if err := s.a.follower.flush(ctx); err != nil {
		return nil, err
	}
	return s.a.store.CountStandings(ctx)
}

// SituationChanges implements what api/stream needs to resume.
func (s status) SituationChanges(ctx context.Context, after uint64, limit int) ([]city.Situation, error) {
	if err := s.a.follower.flush(ctx); err != nil {
		return nil, err
	}
	return s.a.store.SituationChanges(ctx, after, limit)
}

// Quarantine implements admin.Quarantine.
func (s status) Quarantine(ctx context.Context, f admin.QuarantineFilter) ([]admin.QuarantinedRow, error) {
	if err := s.a.follower.flush(ctx); err != nil {
		return nil, err
	}
	rows, err := s.a.store.Quarantine(ctx, sqlstore.QuarantineFilter(f))
	out := make([]admin.QuarantinedRow, len(rows))
	for i, r := range rows {
		out[i] = admin.QuarantinedRow(r)
	}
	return out, err
}

// QuarantineRow implements admin.Quarantine.
func (s status) QuarantineRow(ctx context.Context, id int64) (admin.QuarantinedRow, error) {
	row, err := s.a.store.QuarantineRow(ctx, id)
	return admin.QuarantinedRow(row), err
}

// MarkResubmitted implements admin.Quarantine.
func (s status) MarkResubmitted(ctx context.Context, id int64, at city.Instant, result string) error {
	return s.a.store.MarkResubmitted(ctx, id, at, result)
}

// LogStatus implements admin.Log.
func (s status) LogStatus(ctx context.Context) (admin.LogStatus, error) {
	l, err := s.a.log.State(ctx)
	if err != nil {
		return admin.LogStatus{}, err
	}
	c := s.a.Config.Log
	out := admin.LogStatus{First: l.First, Last: l.Last, Bytes: l.Bytes, MaxBytes: l.MaxBytes, MaxAge: c.MaxAge, Sync: c.Sync.String()}
	if c.Always {
		out.Sync = "always"
	}
	out.Consumers = s.a.keeper.consumers()
	return out, nil
}

// city describes the city for api/admin.
func (s status) city() admin.City {
	c := s.a.City
	out := admin.City{
		Name: c.Name, Note: c.Note, TimeZone: c.Zone.String(), Languages: c.Languages,
		Center: c.View.Center, Zoom: c.View.Zoom, Low: c.View.Low, High: c.View.High, Agencies: c.Agencies.All(),
		Simulated: c.Simulated, Posts: c.Posts(), Standards: c.Standards,
	}
	for _, p := range c.Packs {
		out.Packs = append(out.Packs, admin.Pack{Name: p.Name, Title: p.Title, Version: p.Version})
	}
	for _, k := range c.Kinds() {
		out.Kinds = append(out.Kinds, admin.Kind(k))
	}
	for _, r := range c.Rules() {
		out.Rules = append(out.Rules, admin.Rule{ID: r.ID(), Title: r.Title(), Entity: r.Entity(), Severity: r.Severity(), Reasons: c.Reasons(r)})
	}
	return out
}

// ready lists why the city cannot do its work now; nothing if it can.
func (a *App) ready() []string {
	var why []string
	if n := a.keeper.failing.Load(); n > 0 {
		why = append(why, "checkpoints fail; see the program's log")
	}
	if free, err := a.log.Room(); err != nil {
		why = append(why, readable(err))
	} else if free < a.Config.Log.Reserve {
		why = append(why, "the disk of the data folder is full")
	}
	if err := a.evidence.ready(); err != nil {
		why = append(why, readable(err))
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if l, err := a.log.State(ctx); err != nil {
		why = append(why, readable(err))
	} else if l.Share() > fullAbove {
		why = append(why, "the log is full (log.max-bytes); new data is refused until it can be trimmed")
	}
	for _, m := range a.City.Feeds {
		if state, text := a.feeds.state(m.Feed()); state == admin.FeedFailed {
			why = append(why, "feed "+string(m.Feed())+" has failed: "+text)
		}
	}
	return why
}
