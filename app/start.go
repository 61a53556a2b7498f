package app

import (
	"context"
	"path/filepath"
	"time"

	"citybrain/bus/natsbus"
	"citybrain/city"
	"citybrain/history"
	"citybrain/identity"
	"citybrain/model"
	"citybrain/rule"
	"citybrain/store/filestore"
	"citybrain/store/sqlstore"
)

// Names inside the data folder.
const (
	logFolder     = "log"
	historyFolder = "history"
	ledgerFolder  = "ledger"
	filesFolder   = "files"
	recordsFile   = "records.db"
)

// historyConsumer is the name under which the past's need of the log is stored.
const historyConsumer = "history"

func (a *App) open(ctx context.Context) (err error) {
	begun := time.Now()
	if a.lock, err = lockData(a.Config.Data); err != nil {
		return err
	}
	if err = a.openEngines(ctx); err != nil {
		return err
	}
	if err = a.claimFolder(ctx); err != nil {
		return err
	}
	a.clock = newCityClock(a.Config)
	if err = a.rebuild(ctx); err != nil {
		return err
	}
	a.keeper = newKeeper(a)
	a.feeds = newFeedRunner(a)
	if err = a.openCasework(ctx); err != nil {
		return err
	}
	if a.web, err = newWeb(a); err != nil {
		return err
	}
	a.Logger.Info("the city is up to date with its log", "entities", a.present.Count(), "took", time.Since(begun).Round(time.Millisecond))
	return nil
}

func (a *App) openEngines(ctx context.Context) (err error) {
	c := a.Config
	if a.store, err = openRecords(ctx, c); err != nil {
		return err
	}
	a.log, err = natsbus.Open(ctx, natsbus.Options{
		Dir: filepath.Join(c.Data, logFolder), MaxBytes: c.Log.MaxBytes, Sync: c.Log.Sync,
		SyncAlways: c.Log.Always, Reserve: c.Log.Reserve, Logger: a.Logger,
	})
	return err
}

func openRecords(ctx context.Context, c Config) (*sqlstore.Store, error) {
	if c.Records != "" {
		return sqlstore.OpenPostgres(ctx, c.Records)
	}
	return sqlstore.Open(ctx, filepath.Join(c.Data, recordsFile))
}

// openCasework opens what cases need beside the records: the ledger, the files
// of evidence, the accounts, and the desk over them.
func (a *App) openCasework(ctx context.Context) (err error) {
	if a.evidence, err = openEvidence(ctx, a); err != nil {
		return err
	}
	if a.files, err = filestore.Open(filepath.Join(a.Config.Data, filesFolder)); err != nil {
		return err
	}
	if err = a.recordPacks(ctx); err != nil {
		return err
	}
	a.office = identity.New(a.store, a.City.Posts())
	a.desk = newDesk(a)
	a.cases, err = newCaseTaker(ctx, a)
	return err
}

// openPast opens the past after the positions of records and log are known to
// fit: it removes what a crash left in its folder, going by the records.
func (a *App) openPast(ctx context.Context) (err error) {
	c := a.Config
	a.past, err = history.Open(ctx, filepath.Join(c.Data, historyFolder), a.store, history.Options{
		SealAfter: c.History.SealAfter, MaxTailRows: c.History.MaxTailRows,
	})
	return err
}

// rebuild makes the present, the past and the rules from their checkpoints and
// the log after them, and starts the writer.
func (a *App) rebuild(ctx context.Context) error {
	a.present = model.NewPresent()
	modelPos, err := a.present.Load(ctx, checkpoints{a.store, a.log})
	if err != nil {
		return err
	}
	rulePos, err := a.restoreRules(ctx)
	if err != nil {
		return err
	}
	if err := a.restoreAlarms(ctx, rulePos); err != nil {
		return err
	}
	changed, err := a.findChanged(ctx)
	if err != nil {
		return err
	}
	pastPos, err := a.store.Position(ctx, historyConsumer)
	if err != nil {
		return err
	}
	state, err := a.log.State(ctx)
	if err != nil {
		return err
	}
	if newest := max(modelPos, rulePos); newest > state.Last {
		return city.Errorf(city.Unavailable, "app.New", "the log ends at batch %d, but the records know batch %d: the log was cut or belongs to another city. Restore the whole data folder from one backup", state.Last, newest)
	}
	from := min(modelPos, rulePos, pastPos) + 1
	if state.First > from && state.Last >= state.First {
		return city.Errorf(city.Unavailable, "app.New", "the log in %s starts at batch %d, but the records need it from batch %d: records.db is missing, or older than the log. Restore the whole data folder from one backup", a.Config.Data, state.First, from)
	}
	if err := a.openPast(ctx); err != nil {
		return err
	}
	a.fillRules()
	judge := newJudge(a.City)
	err = a.log.Read(ctx, from, func(pos city.Position, b *city.Batch) error {
		if pos > modelPos {
			a.present.Replay(pos, b, judge)
		}
		if pos > pastPos {
			a.past.Apply(pos, b.Changes)
			if err := a.sealWhileReading(ctx, pos, b.Clock); err != nil {
				return err
			}
		}
		if pos > rulePos {
			a.follower.apply(pos, b)
		}
		a.clock.advance(b.Clock)
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	a.follower.catchUp(city.MaxPosition)
	if err := a.settle(ctx, changed); err != nil {
		return err
	}
	a.writer = model.NewWriter(model.Options{
		Present: a.present, Log: a.log, Past: a.past, Judge: judge, Now: a.clock.Now,
		Follow: a.follower.follow, Workers: a.Config.Workers, Last: state.Last,
	})
	a.follower.start()
	return nil
}

// sealEvery is how many batches are read at start between two looks at what can
// be sealed, so that a long log does not have to fit into memory.
const sealEvery = 1000

func (a *App) sealWhileReading(ctx context.Context, pos city.Position, now city.Instant) error {
	if pos%sealEvery != 0 {
		return nil
	}
	_, err := a.past.Seal(ctx, func(_ context.Context, fn func(city.Position)) error {
		fn(pos) // nobody else applies anything yet
		return a.log.Sync()
	}, now)
	return err
}

// fillRules gives rules that are new since the last run the attributes that
// were sent once and for all, as the present knows them.
func (a *App) fillRules() {
	if len(a.engine.Unfilled()) == 0 {
		return
	}
	for _, e := range a.present.Query(model.Query{Types: a.engine.Types()}).Entities {
		a.engine.Fill(&e)
	}
}

func (a *App) restoreRules(ctx context.Context) (city.Position, error) {
	options := a.City.RuleOptions()
	if a.Config.Metrics.RuleTime {
		options.Timer = ruleTimer()
	}
	a.engine = rule.New(a.City.Rules(), options)
	pos, state, err := a.store.LoadRules(ctx)
	if err != nil {
		return 0, err
	}
	if len(state) > 0 {
		if err := a.engine.Restore(state); err != nil {
			return 0, err
		}
	}
	a.follower = newFollower(a)
	a.follower.up.Store(int64(len(a.engine.Up())))
	return pos, nil
}
