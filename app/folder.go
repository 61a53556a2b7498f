package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"citybrain/city"
)

// The facts that a data folder keeps of its use.
const (
	factCity = "city"
	factTime = "time" // "live", or "replay FROM UNTIL"
	live     = "live"

	simulated = "simulation"
)

// claimFolder refuses a data folder of another city, or one that has lived
// through a time to which a replay would have to go back, and notes what it is
// used for now.
func (a *App) claimFolder(ctx context.Context) error {
	name := filepath.Base(a.Config.City)
	owner, err := a.store.Fact(ctx, factCity)
	if err != nil {
		return err
	}
	if owner != "" && owner != name {
		return city.InvalidField("app.New", "data", "the folder %s belongs to the city %q, not to %q: choose another --data", a.Config.Data, owner, name)
	}
	lived, err := a.store.Fact(ctx, factTime)
	if err != nil {
		return err
	}
	if err := a.Config.follows(lived); err != nil {
		return err
	}
	if err := a.store.SaveFact(ctx, factCity, name); err != nil {
		return err
	}
	return a.store.SaveFact(ctx, factTime, a.Config.time())
}

// time is the fact that the configuration leaves in its data folder.
func (c *Config) time() string {
	switch {
	case c.Simulation.Speed > 0:
		return simulated
	case c.Replay == nil:
		return live
	}
	return fmt.Sprintf("replay %s %s", c.From.Instant, c.Until.Instant)
}

// follows says whether the configured time can follow the one that the data
// folder has lived: time does not go back.
func (c *Config) follows(lived string) error {
	if lived == "" || lived == c.time() {
		return nil
	}
	if lived == simulated || c.time() == simulated {
		return city.InvalidField("app.New", "data", "the folder %s keeps %s, which does not mix with %s: choose another --data", c.Data, lived, c.time())
	}
	if c.Replay == nil {
		return nil
	}
	var from, until string
	if _, err := fmt.Sscanf(lived, "replay %s %s", &from, &until); err == nil {
		if end, err := city.ParseInstant(until); err == nil && c.From.Instant >= end {
			return nil
		}
		lived = "a replay of " + from + " to " + until
	} else {
		lived = "the present (live, without --replay)"
	}
	return city.InvalidField("app.New", "data", "the folder %s has lived %s and cannot go back to %s: choose another --data", c.Data, lived, c.From.Instant)
}

// checkFeedFiles refuses to start when the folder of the feeds, or in a replay
// one of the files, is missing. Live, a file may come later.
func (a *App) checkFeedFiles() error {
	c := a.Config
	var missing []string
	named := 0
	for _, m := range a.City.Feeds {
		file := m.Spec().File
		if file == "" {
			continue
		}
		named++
		if _, err := os.Stat(filepath.Join(c.Feeds, file)); c.Feeds != "" && err != nil {
			missing = append(missing, file)
		}
	}
	if c.Feeds == "" {
		if named > 0 {
			a.Logger.Warn("the city definition names files of feeds, but --feeds is not set: they are not read", "files", named)
		}
		return nil
	}
	if info, err := os.Stat(c.Feeds); err != nil || !info.IsDir() {
		return city.InvalidField("app.New", "feeds", "%s is not a folder", c.Feeds)
	}
	if c.Replay != nil && len(missing) > 0 {
		return city.InvalidField("app.New", "feeds", "%s lacks %s, which the city definition names", c.Feeds, strings.Join(missing, ", "))
	}
	return nil
}
