package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"citybrain/city"
)

// TestSettingsInOrderOfStrength sets one key in all three places.
func TestSettingsInOrderOfStrength(t *testing.T) {
	file := filepath.Join(t.TempDir(), "city.yaml")
	if err := os.WriteFile(file, []byte("listen: 127.0.0.1:1\nworkers: 3\nlog:\n  max-age: 2d\n  sync: 1s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"CITYBRAIN_SERVE_LISTEN=127.0.0.1:2", "CITYBRAIN_SERVE_LOG_SYNC=2s", "CITYBRAIN_DATA=elsewhere", "PATH=/"}
	c, err := LoadConfig(file, env, []Setting{{"listen", "127.0.0.1:3", "--listen"}})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:3" || c.Workers != 3 || c.Log.MaxAge != 48*time.Hour || c.Log.Sync != 2*time.Second || c.Data != DefaultData {
		t.Errorf("%+v", c)
	}
}

func TestWrongSettingsAreNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "city.yaml")
	if err := os.WriteFile(file, []byte("listen: 127.0.0.1:1\nlog:\n  max-bites: 3\nworkers: many\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file  string
		env   []string
		set   []Setting
		names []string
	}{
		"file":        {file: file, names: []string{"city.yaml:3", "max-bites", "city.yaml:4", "workers"}},
		"no file":     {file: file + "x", names: []string{"configuration file"}},
		"environment": {env: []string{"CITYBRAIN_SERVE_LOG_MAX_BITES=3"}, names: []string{"CITYBRAIN_SERVE_LOG_MAX_BITES", "log.max-bytes"}},
		"value":       {env: []string{"CITYBRAIN_SERVE_WORKERS=many"}, names: []string{"CITYBRAIN_SERVE_WORKERS", "many"}},
		"flag":        {set: []Setting{{"from", "yesterday", "--from"}}, names: []string{"--from", "yesterday", "RFC 3339"}},
		"number":      {set: []Setting{{"log.max-bytes", "10GB", "--set log.max-bytes"}}, names: []string{"10GB", "whole number"}},
		"duration":    {set: []Setting{{"log.max-age", "2days", "--set log.max-age"}}, names: []string{"2days", "7d"}},
		"set":         {set: []Setting{{"log.sink", "1s", "--set log.sink"}}, names: []string{"--set log.sink"}},
	} {
		_, err := LoadConfig(c.file, c.env, c.set)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, word := range c.names {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %v does not name %s", name, err, word)
			}
		}
	}
}

func TestValidate(t *testing.T) {
	good := Default()
	good.City = "cities/x"
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	fast := Factor(0)
	for want, spoil := range map[string]func(*Config){
		"city: is not set":    func(c *Config) { c.City = "" },
		"workers":             func(c *Config) { c.Workers = 99 },
		"loopback":            func(c *Config) { c.Auth, c.Listen = AuthOpen, "0.0.0.0:1" },
		"only mode":           func(c *Config) { c.Auth = "none" },
		"needs --from":        func(c *Config) { c.Replay = &fast },
		"add --replay":        func(c *Config) { c.From.Instant = 1 },
		"not host:port":       func(c *Config) { c.Listen = "8080" },
		"log.max-bytes":       func(c *Config) { c.Log.MaxBytes = 5 },
		"is not after from":   func(c *Config) { c.Replay, c.From.Instant, c.Until.Instant, c.Feeds = &fast, 5, 5, "x" },
		"memory.gc-percent":   func(c *Config) { c.Memory.GCPercent = 1 },
		"checkpoint.interval": func(c *Config) { c.Checkpoint.Interval = 0 },
	} {
		c := good
		spoil(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestTimeOfADataFolder lists what may follow what.
func TestTimeOfADataFolder(t *testing.T) {
	zero := Factor(0)
	window := func(from, until city.Instant) *Config {
		return &Config{Replay: &zero, From: Moment{from * 1e6}, Until: Moment{until * 1e6}}
	}
	now := &Config{}
	for _, c := range []struct {
		name    string
		lived   string
		next    *Config
		refused bool
	}{
		{"new folder", "", window(10, 20), false},
		{"the same window", window(10, 20).time(), window(10, 20), false},
		{"the window after", window(10, 20).time(), window(20, 30), false},
		{"an earlier window", window(10, 20).time(), window(5, 30), true},
		{"an overlapping window", window(10, 20).time(), window(15, 30), true},
		{"live after a replay", window(10, 20).time(), now, false},
		{"live after live", now.time(), now, false},
		{"a replay after live", now.time(), window(10, 20), true},
	} {
		if err := c.next.follows(c.lived); (err != nil) != c.refused {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
