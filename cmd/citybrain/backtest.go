package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"citybrain/app"
	"citybrain/city"
)

type backtestCommand struct {
	City     string   `help:"Folder of the city definition." placeholder:"DIR"`
	Packs    string   `help:"Folder where the packs lie that the city enables. Default: packs beside the folder that holds the city." placeholder:"DIR"`
	Pack     []string `help:"Folders of the packs whose rules are tried; one takes the place of the city's pack of the same name. Default: every pack of the city." placeholder:"DIR"`
	Rules    []string `help:"Names of the rules that are tried. Default: all rules of the packs." placeholder:"NAME"`
	Feeds    string   `help:"Read the city's feed files in this folder." placeholder:"DIR" xor:"past"`
	Data     string   `help:"Read the sealed days of this data folder, also while the city runs." placeholder:"DIR" xor:"past"`
	Records  string   `help:"With --data: address of the PostgreSQL database, if the records are there." env:"CITYBRAIN_SERVE_RECORDS" placeholder:"URL"`
	From     string   `help:"Start of the window, RFC 3339." placeholder:"TIME"`
	Until    string   `help:"End of the window, not included." placeholder:"TIME"`
	Warmup   string   `help:"How long before the window reading begins, so that the rules' windows are warm." default:"7d" placeholder:"TIME"`
	Labels   string   `help:"CSV of what was so: rule, entity, from, until. What was raised is held against it." placeholder:"FILE"`
	Slack    string   `help:"How long before and behind it a label still explains a situation." default:"5m" placeholder:"TIME"`
	Against  string   `help:"Another version to lay beside it: the folder of a pack, or a file of rules." placeholder:"DIR|FILE"`
	Report   string   `help:"Write the report, one HTML file, here." placeholder:"FILE"`
	Language string   `help:"Language of the report: zh or en." default:"zh" enum:"zh,en"`
	JSON     bool     `name:"json" help:"Print everything as JSON in place of a summary."`
}

// Run runs the rules over the past and says what they would have raised.
func (c *backtestCommand) Run(ctx context.Context) error {
	bar := newProgressBar(os.Stderr)
	b := app.Backtest{
		City: c.City, PackDir: c.Packs, Packs: c.Pack, Rules: c.Rules, Against: c.Against, Feeds: c.Feeds, Data: c.Data, Records: c.Records,
		From: c.From, Until: c.Until, Warmup: c.Warmup, Labels: c.Labels, Slack: c.Slack, Command: c.again(), Version: version, Progress: bar.tell,
	}
	findings, err := b.Run(ctx)
	bar.end(err == nil)
	if err != nil {
		return byFlag(err)
	}
	if c.Report != "" {
		if err := app.WriteReport(findings, c.Report, c.Language); err != nil {
			return byFlag(err)
		}
	}
	if c.JSON {
		text, err := app.FindingsJSON(findings)
		if err == nil {
			_, err = os.Stdout.Write(text)
		}
		return err
	}
	fmt.Print(app.FindingsText(findings, c.Language))
	if c.Report != "" {
		fmt.Println("report: " + c.Report)
	}
	return nil
}

// again is the command line without what changes no result.
func (c *backtestCommand) again() []string {
	args := []string{"citybrain", "backtest"}
	add := func(flag, value string) {
		if value != "" {
			args = append(args, "--"+flag, value)
		}
	}
	add("city", c.City)
	add("packs", c.Packs)
	add("pack", strings.Join(c.Pack, ","))
	add("rules", strings.Join(c.Rules, ","))
	add("feeds", c.Feeds)
	add("data", c.Data)
	add("from", c.From)
	add("until", c.Until)
	add("warmup", c.Warmup)
	add("labels", c.Labels)
	if c.Labels != "" {
		add("slack", c.Slack)
	}
	add("against", c.Against)
	return args
}

// byFlag names the flag that is at fault as it is written.
func byFlag(err error) error {
	if e := (*city.Error)(nil); errors.As(err, &e) && e.Field != "" && !strings.HasPrefix(e.Field, "--") {
		named := *e
		named.Field = "--" + e.Field
		return &named
	}
	return err
}
