package main

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

func TestProgressSaysRateShareAndTimeLeft(t *testing.T) {
	for _, c := range []struct {
		share float64
		rows  int64
		bar   bool
		want  string
	}{
		{0.25, 1_500_000, true, "[#######.......................]  25 %, 1,500,000 rows, 150,000 rows/s, 30s left"},
		{0.25, 1_500_000, false, "backtest:  25 %, 1,500,000 rows, 150,000 rows/s, 30s left"},
		{0, 0, true, "[..............................]   0 %, 0 rows, 0 rows/s"},
		{1, 10, true, "[##############################] 100 %, 10 rows, 1 rows/s"},
	} {
		if diff := cmp.Diff(c.want, progressLine(c.share, c.rows, 10*time.Second, c.bar)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestBacktestSaysItsCommand(t *testing.T) {
	c := &backtestCommand{City: "cities/x", Pack: []string{"a", "b"}, Feeds: "rows", From: "F", Until: "U", Warmup: "7d", Slack: "5m", Report: "r.html", JSON: true}
	want := []string{"citybrain", "backtest", "--city", "cities/x", "--pack", "a,b", "--feeds", "rows", "--from", "F", "--until", "U", "--warmup", "7d"}
	if diff := cmp.Diff(want, c.again()); diff != "" {
		t.Error(diff)
	}
	if e := (*city.Error)(nil); !errors.As(byFlag(city.InvalidField("x", "from", "is wrong")), &e) || e.Field != "--from" {
		t.Error("the flag is not named")
	}
}
