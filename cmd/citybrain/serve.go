package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"

	"citybrain/app"
	"citybrain/city"
)

// configFlags are the settings that have a flag of their own; every other key
// of the configuration is set by --set.
type configFlags struct {
	Config  string            `help:"YAML configuration file." placeholder:"FILE"`
	City    string            `help:"Folder of the city definition." placeholder:"DIR"`
	Packs   string            `help:"Folder of the packs. Default: packs beside the folder that holds the city." placeholder:"DIR"`
	Data    string            `help:"Folder of everything the city keeps. Default: ./data." placeholder:"DIR"`
	Feeds   string            `help:"Folder where the city's feed files lie." placeholder:"DIR"`
	From    string            `help:"Start of the replayed window, UTC." placeholder:"TIME"`
	Until   string            `help:"End of the replayed window, UTC." placeholder:"TIME"`
	Workers string            `help:"Goroutines that apply changes." placeholder:"N"`
	Set     map[string]string `help:"Any other setting of the configuration, such as log.max-bytes=1000000000." placeholder:"KEY=VALUE" mapsep:"none"`
}

// settings lists what the flags set, the general ones first, so that a flag of
// its own is the stronger.
func (f *configFlags) settings() []app.Setting {
	var out []app.Setting
	for _, key := range slices.Sorted(maps.Keys(f.Set)) {
		out = append(out, app.Setting{Key: key, Value: f.Set[key], Flag: "--set " + key})
	}
	out = flag(out, "city", f.City)
	out = flag(out, "packs", f.Packs)
	out = flag(out, "data", f.Data)
	out = flag(out, "feeds", f.Feeds)
	out = flag(out, "from", f.From)
	out = flag(out, "until", f.Until)
	return flag(out, "workers", f.Workers)
}

// flag adds the setting of a flag that was given.
func flag(list []app.Setting, key, value string) []app.Setting {
	if value == "" {
		return list
	}
	return append(list, app.Setting{Key: key, Value: value, Flag: "--" + key})
}

type serveCommand struct {
	configFlags
	Listen string `help:"Address of the interfaces. Default: 127.0.0.1:8080." placeholder:"ADDR"`
	Replay string `help:"Replay the feed files at this speed: 1 as it happened, 60 sixty times faster, 0 as fast as possible." placeholder:"FACTOR"`
	Auth   string `help:"'open' lets every request act as administrator; only on loopback." placeholder:"MODE"`
}

// Run serves a city until it is interrupted.
func (c *serveCommand) Run(ctx context.Context) error {
	settings := flag(flag(flag(c.settings(), "listen", c.Listen), "replay", c.Replay), "auth", c.Auth)
	config, err := app.LoadConfig(c.Config, os.Environ(), settings)
	if err != nil {
		return err
	}
	logger, err := newLogger(config.LogLevel)
	if err != nil {
		return err
	}
	a, err := app.New(ctx, config, version, logger)
	if err != nil {
		return err
	}
	err = a.Run(ctx)
	logger.Info("stopping: the last checkpoint is made")
	err = errors.Join(err, a.Close())
	if err == nil {
		logger.Info("stopped in order")
	}
	return err
}

func newLogger(level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, city.InvalidField("app.Config", "log-level", "%q is not debug, info, warn or error", level)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: l})), nil
}

// readable is an error for a person at a terminal: the detail without the
// names of operations and kinds.
func readable(err error) string {
	var e *city.Error
	if !errors.As(err, &e) || e.Detail == "" {
		return err.Error()
	}
	var b strings.Builder
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Detail)
	if e.Err != nil && !strings.Contains(e.Detail, e.Err.Error()) {
		fmt.Fprintf(&b, " (%v)", e.Err)
	}
	return b.String()
}

type digestCommand struct {
	configFlags
}

// Run replays the feeds and prints the digest.
func (c *digestCommand) Run(ctx context.Context) error {
	settings := flag(c.settings(), "replay", "0")
	if c.Data == "" {
		dir, err := os.MkdirTemp("", "citybrain-digest-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		settings = flag(settings, "data", dir)
	}
	config, err := app.LoadConfig(c.Config, os.Environ(), settings)
	if err != nil {
		return err
	}
	logger, err := newLogger("warn")
	if err != nil {
		return err
	}
	digest, err := app.ReplayDigest(ctx, config, version, logger)
	if err != nil {
		return err
	}
	fmt.Println(digest)
	return nil
}
