package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"

	"citybrain"
	"citybrain/app"
	"citybrain/city"
)

// demoCity is the city that the demo shows, among the built-in definitions.
const demoCity = "shili"

type demoCommand struct {
	Listen string  `help:"Address of the page and the interfaces." default:"127.0.0.1:8080" placeholder:"ADDR"`
	Seed   int64   `help:"The city that is simulated: the same seed gives the same day." default:"1"`
	Speed  float64 `help:"How many times faster than the clock on the wall the city lives." default:"20"`
	From   string  `help:"The city's time at the start." default:"2026-06-12T17:20:00+08:00" placeholder:"TIME"`
	Auth   string  `help:"'open' needs no signing in; only on loopback." placeholder:"MODE"`
	Data   string  `help:"Keep everything in this folder. Default: a temporary one, removed at the end." placeholder:"DIR"`
	Level  string  `name:"log-level" help:"debug, info, warn or error." default:"warn"`
}

// Run shows a simulated city until it is interrupted.
func (c *demoCommand) Run(ctx context.Context) error {
	if c.Speed <= 0 {
		return city.InvalidField("demo", "--speed", "is %g: a demo lives more than 0 times as fast as the clock (--speed=1 is real time)", c.Speed)
	}
	home, err := os.MkdirTemp("", "citybrain-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	if err := os.CopyFS(home, citybrain.Definitions); err != nil {
		return err
	}
	config, err := c.config(home)
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
	if err := c.greet(ctx, a, config.Data); err != nil {
		return errors.Join(err, a.Close())
	}
	err = a.Run(ctx)
	fmt.Println("\nthe demo ends")
	return errors.Join(err, a.Close())
}

func (c *demoCommand) config(home string) (app.Config, error) {
	data := c.Data
	if data == "" {
		data = filepath.Join(home, "data")
	}
	return app.LoadConfig("", nil, []app.Setting{
		{Key: "city", Value: filepath.Join(home, "cities", demoCity)},
		{Key: "packs", Value: filepath.Join(home, "packs")},
		{Key: "data", Value: data},
		{Key: "listen", Value: c.Listen, Flag: "--listen"},
		{Key: "auth", Value: c.Auth, Flag: "--auth"},
		{Key: "log-level", Value: c.Level, Flag: "--log-level"},
		{Key: "simulation.seed", Value: strconv.FormatInt(c.Seed, 10), Flag: "--seed"},
		{Key: "simulation.speed", Value: strconv.FormatFloat(c.Speed, 'g', -1, 64), Flag: "--speed"},
		{Key: "simulation.from", Value: c.From, Flag: "--from"},
	})
}

// greet prints who can sign in, and where everything lies.
func (c *demoCommand) greet(ctx context.Context, a *app.App, data string) error {
	fmt.Printf("City Brain %s, a demo on a simulated city (%s, %s): seed %d, %g times as fast as the clock.\n",
		version, a.City.Name.ZH, a.City.Name.EN, c.Seed, c.Speed)
	if c.Auth == app.AuthOpen {
		fmt.Println("Nobody needs to sign in (--auth open).")
		return nil
	}
	accounts, err := a.Furnish(ctx)
	if err != nil || len(accounts) == 0 {
		return err
	}
	fmt.Print("\nSign in as one of these; the passwords are made anew at each start:\n\n")
	table := tabwriter.NewWriter(os.Stdout, 2, 0, 3, ' ', 0)
	for _, f := range accounts {
		fmt.Fprintf(table, "  %s\t%s\t%s (%s)\n", f.Post.ID, f.Password, f.Post.Name.EN, f.Post.Name.ZH)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	end := "Ctrl-C ends it and removes it."
	if c.Data != "" {
		end = "Ctrl-C ends it; the folder stays."
	}
	fmt.Printf("\nEverything lies in %s. %s\nTo verify its evidence: citybrain verify --data %s\n\n", data, end, data)
	return nil
}
