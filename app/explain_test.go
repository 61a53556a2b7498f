package app

import (
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"citybrain/city"
)

// What a folder says of a situation is what the program found, now and in the
// past, while the city runs on the folder and through the running city.
func TestExplainFromTheFolder(t *testing.T) {
	r := newRiver(t)
	data := filepath.Join(t.TempDir(), "data")
	ask := func(rule city.RuleID, id city.EntityID, at string) *Explanation {
		x, err := Explaining{City: r.city, Data: data, Rule: string(rule), Entity: string(id), At: at, Warmup: "7d"}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	all := replayed(t, r.city, r.rows, data, riverFrom, riverUntil)
	if len(all) == 0 {
		t.Fatal("nothing was raised")
	}
	sealed, err := city.ParseInstant("2026-03-09T00:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, s := range all {
		if s.ClearedAt == 0 || s.ClearedAt.Sub(s.RaisedAt) < 10*time.Minute || s.ClearedAt > sealed {
			continue
		}
		during, after := ask(s.Rule, s.Entity, s.RaisedAt.Add(2*time.Minute).String()), ask(s.Rule, s.Entity, s.ClearedAt.Add(time.Minute).String())
		if during.of.Up == nil || during.of.Up.RaisedAt != s.RaisedAt {
			t.Errorf("%s %s during:\n%s", s.Rule, s.Entity, during.Text("en"))
		}
		if after.of.Up != nil || !strings.Contains(after.Text("zh"), "结论：") {
			t.Errorf("%s %s after:\n%s", s.Rule, s.Entity, after.Text("zh"))
		}
		if tried++; tried == 2 {
			break
		}
	}
	if tried == 0 {
		t.Error("no situation to ask about")
	}
	s := all[0]
	now := ask(s.Rule, s.Entity, "")
	text, err := now.JSON()
	if err != nil || !strings.Contains(string(text), `"verdict"`) || now.of.Raised() != (s.ClearedAt == 0) {
		t.Error(string(text), err)
	}
	a := reopened(t, r, data)
	defer a.Close()
	live, err := status{a}.Explain(t.Context(), s.Rule, s.Entity)
	if err != nil || live.Verdict != now.of.Verdict {
		t.Errorf("%s, the folder says %s (%v)", live.Verdict.EN, now.of.Verdict.EN, err)
	}
}

func reopened(t *testing.T, r river, data string) *App {
	t.Helper()
	config, err := LoadConfig("", nil, []Setting{{"city", r.city, ""}, {"feeds", r.rows, ""}, {"data", data, ""}, {"replay", "0", ""}, {"from", riverFrom, ""}, {"until", riverUntil, ""}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), config, "test", slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestExplainSaysWhatIsWrong(t *testing.T) {
	r := newRiver(t)
	good := Explaining{City: r.city, Data: t.TempDir(), Rule: "none", Entity: "urn:ngsi-ld:X:1"}
	for name, try := range map[string]struct {
		change func(*Explaining)
		want   string
	}{
		"no rule":   {func(x *Explaining) { x.Rule = "" }, "rule: is not set"},
		"no such":   {func(*Explaining) {}, `the city has no rule "none"`},
		"no city":   {func(x *Explaining) { x.City = "" }, "city: is not set"},
		"no entity": {func(x *Explaining) { x.Entity = "" }, "entity: is not set"},
	} {
		x := good
		try.change(&x)
		if _, err := x.Run(t.Context()); err == nil || !strings.Contains(err.Error(), try.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
