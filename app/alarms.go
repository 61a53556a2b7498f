package app

import (
	"context"

	"citybrain/alarm"
	"citybrain/city"
)

// factAlarms is the fingerprint of the alarm files whose decisions the records
// hold.
const factAlarms = "alarms"

// restoreAlarms makes the panel as it was when the rules' state was stored, and
// reads the commands that people have given since: each is taken at its place in
// the log.
func (a *App) restoreAlarms(ctx context.Context, rules city.Position) error {
	a.panel = alarm.New(a.City.Alarms())
	pos, state, err := a.store.LoadAlarms(ctx)
	if err != nil {
		return err
	}
	if pos != rules { // of a version without a panel
		state = nil
	}
	if err := a.panel.Restore(state, a.engine.Up()); err != nil {
		return &city.Error{Kind: city.Internal, Op: "app.New", Detail: "the state of the alarms cannot be read; restore the whole data folder from one backup", Err: err}
	}
	silences, err := a.store.SilencesSince(ctx, a.panel.Commands())
	if err != nil {
		return err
	}
	a.follower.panel, a.follower.commands = a.panel, alarm.Commands(silences)
	return nil
}

// alarmsChanged says whether the alarm files are others than those whose
// decisions were recorded. It stays so until settleAlarms.
func (a *App) alarmsChanged(ctx context.Context) (bool, error) {
	known, err := a.store.Fact(ctx, factAlarms)
	return known != a.City.Alarms().Fingerprint(), err
}

// lastSaid is the greatest number that was given to a notice, or before there
// were notices to a change, and that somebody may have seen.
func (a *App) lastSaid(ctx context.Context) (uint64, error) {
	last, err := a.store.LastNotice(ctx)
	if err != nil {
		return 0, err
	}
	for _, consumer := range []string{raisedConsumer, clearedConsumer} {
		taken, err := a.store.Position(ctx, consumer)
		if err != nil {
			return 0, err
		}
		last = max(last, uint64(taken))
	}
	return last, nil
}

// settleAlarms stores, after the log has been read with other alarm files, what
// they decide, and makes the fingerprint that of the files of now.
func (a *App) settleAlarms(ctx context.Context) error {
	if err := a.follower.flush(ctx); err != nil {
		return err
	}
	if err := a.saveRules(ctx); err != nil {
		return err
	}
	return a.store.SaveFact(ctx, factAlarms, a.City.Alarms().Fingerprint())
}

// saveRules stores the states of rules and alarms while nobody else applies
// anything.
func (a *App) saveRules(ctx context.Context) error {
	state, err := a.engine.Snapshot()
	if err != nil {
		return err
	}
	if err := a.log.Sync(); err != nil {
		return err
	}
	return a.store.SaveRules(ctx, a.engine.Position(), state, a.panel.Snapshot(), nil)
}

// silencer takes the commands of people to the panel.
type silencer struct{ a *App }

// Silence implements silences.Silencer.
func (s silencer) Silence(ctx context.Context, who *city.Actor, asked alarm.Silence) (alarm.Silence, error) {
	now := s.a.clock.Now()
	made, err := alarm.NewSilence(who, asked, now, s.a.known())
	if err != nil {
		return made, err
	}
	open, err := s.a.store.CountSilences(ctx, now)
	if err == nil && open >= alarm.MaxSilencesOpen {
		err = city.Errorf(city.Conflict, "app", "%d silences have not ended; end those that are not needed", open)
	}
	if err != nil {
		return made, err
	}
	err = s.a.follower.command(ctx, func(at alarm.Place) (alarm.Command, error) {
		made.ID, made.Made = alarm.SilenceIDOf(at.Number), at
		return alarm.Command{Place: at, At: made.CreatedAt, Make: &made}, s.save(ctx, made)
	})
	return made, err
}

// End implements silences.Silencer.
func (s silencer) End(ctx context.Context, who *city.Actor, id city.SilenceID) (alarm.Silence, error) {
	var ended alarm.Silence
	err := s.a.follower.command(ctx, func(at alarm.Place) (alarm.Command, error) {
		known, err := s.a.store.Silence(ctx, id)
		if err != nil {
			return alarm.Command{}, err
		}
		if ended, err = alarm.EndSilence(who, known, s.a.clock.Now()); err != nil {
			return alarm.Command{}, err
		}
		ended.Ended = at
		return alarm.Command{Place: at, At: ended.EndedAt, End: id}, s.save(ctx, ended)
	})
	return ended, err
}

// save makes a silence durable. Who asked may leave meanwhile; it is saved all the
// same, so that the panel knows what the records know.
func (s silencer) save(ctx context.Context, x alarm.Silence) error {
	if err := s.a.evidence.ready(); err != nil {
		return err
	}
	err := s.a.store.SaveSilence(context.WithoutCancel(ctx), x)
	if err == nil {
		s.a.evidence.log.Wake()
	}
	return err
}

// known is what a silence may name.
func (a *App) known() alarm.Known {
	var k alarm.Known
	for _, r := range a.City.Rules() {
		k.Rules = append(k.Rules, r.ID())
	}
	for _, area := range a.City.Areas {
		k.Areas = append(k.Areas, alarm.Area{ID: area.ID, Place: area.Place})
	}
	return k
}
