package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"syscall"

	"citybrain/alarm"
	"citybrain/bus/natsbus"
	"citybrain/casework"
	"citybrain/city"
	"citybrain/history"
	"citybrain/identity"
	"citybrain/internal/clock"
	"citybrain/model"
	"citybrain/pack"
	"citybrain/rule"
	"citybrain/store/filestore"
	"citybrain/store/sqlstore"
)

// App is one running city. New opens everything and brings it up to the end of
// the log; Run takes feeds and requests until its context ends; Close makes the
// last checkpoint and closes everything.
type App struct {
	Config  Config
	Version string
	Logger  *slog.Logger
	City    *pack.City

	lock     *os.File
	clock    *cityClock
	wall     clock.Wall // people's time: sessions and accounts
	store    *sqlstore.Store
	log      *natsbus.Log
	present  *model.Present
	writer   *model.Writer
	past     *history.Past
	engine   *rule.Engine
	panel    *alarm.Panel
	follower *follower
	keeper   *keeper
	feeds    *feedRunner
	office   *identity.Office
	evidence *evidence
	files    *filestore.Store
	desk     *casework.Desk
	cases    *caseTaker
	web      *web

	closing sync.Once
}

// New opens the city described by c. When it returns, everything acknowledged
// before is there again. The error says what is wrong and what to do; a fault
// in the city definition or a pack lists every fault.
func New(ctx context.Context, c Config, version string, logger *slog.Logger) (*App, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	definition, err := LoadCity(c)
	if err != nil {
		return nil, err
	}
	c.City = absolute(c.City) // the same city, however it was named
	debug.SetGCPercent(c.Memory.GCPercent)
	a := &App{Config: c, Version: version, Logger: logger, City: definition}
	if err := a.checkFeedFiles(); err != nil {
		return nil, err
	}
	if err := a.open(ctx); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// LoadCity reads and checks the city definition with its packs.
func LoadCity(c Config) (*pack.City, error) {
	packs := c.Packs
	if packs == "" {
		packs = filepath.Join(c.City, "..", "..", "packs")
	}
	definition, faults := pack.LoadCity(c.City, packs)
	if err := faults.Err(); err != nil {
		return nil, fmt.Errorf("the city definition %s cannot be used:\n%w", c.City, err)
	}
	return definition, nil
}

// absolute is a path that does not depend on where the program was started.
func absolute(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	return abs
}

// lockData makes sure that one process at a time uses a data folder.
func lockData(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, &city.Error{Kind: city.Unavailable, Op: "app.New", Detail: "the data folder cannot be made", Err: err}
	}
	f, err := os.OpenFile(filepath.Join(dir, "LOCK"), os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, &city.Error{Kind: city.Unavailable, Op: "app.New", Detail: "the data folder cannot be written", Err: err}
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, city.Errorf(city.Unavailable, "app.New", "the data folder %s is in use by another citybrain; stop it or choose another --data", dir)
	}
	return f, nil
}

// Run serves until ctx ends. It returns the first fault of a part that the city
// cannot do without.
func (a *App) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	parts := []func(context.Context) error{a.web.run, a.keeper.run, a.feeds.run, a.tick, a.cases.run, a.evidence.run, a.sweep}
	if a.Config.Simulation.Speed > 0 {
		parts = append(parts, a.simulate)
	}
	for _, part := range parts {
		wg.Go(func() {
			if err := part(ctx); err != nil && ctx.Err() == nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// Close makes a last checkpoint and closes everything. It may be called twice.
func (a *App) Close() error {
	var err error
	a.closing.Do(func() { err = a.close() })
	return err
}

func (a *App) close() error {
	var errs []error
	if a.keeper != nil {
		errs = append(errs, a.keeper.last())
	}
	if a.writer != nil {
		a.writer.Close()
	}
	if a.follower != nil {
		errs = append(errs, a.follower.close())
	}
	if a.past != nil {
		errs = append(errs, a.past.Close())
	}
	if a.evidence != nil {
		errs = append(errs, a.evidence.log.Close())
	}
	if a.log != nil {
		errs = append(errs, a.log.Close())
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	if a.lock != nil {
		errs = append(errs, a.lock.Close())
	}
	return errors.Join(errs...)
}
