package report

import (
	"bytes"
	"encoding/xml"
	"html"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"citybrain/backtest"
	"citybrain/city"
	"citybrain/pack"
)

const evil = `<script>alert("x")</script>'"&`

// findings is a page's content with texts that would break a careless page.
func findings(t *testing.T, n int) *backtest.Findings {
	t.Helper()
	c, faults := pack.LoadCity("../../cities/shili", "../../packs")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	from := city.InstantOf(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	o := backtest.Options{From: from, Until: from.Add(72 * time.Hour)}
	out := backtest.Outcome{First: from.Add(-time.Minute)}
	var list []city.Situation
	for i := range n {
		at := from.Add(time.Duration(i*37-30) * time.Minute)
		s := city.Situation{Rule: "rain-emergency/heavy-rain", Type: "heavy-rain", Severity: city.Severity(1 + i%4), Entity: "urn:x:" + city.EntityID('A'+rune(i%5)),
			Place: city.PointPlace(city.Point{Lon: 122.39 + float64(i%5)/200, Lat: 33.40}), RaisedAt: at, RaisedReason: evil}
		if i%7 != 0 {
			s.ClearedAt = at.Add(time.Duration(i*i) * time.Minute)
		}
		list = append(list, s)
		out.Entities = append(out.Entities, backtest.Entity{ID: s.Entity, Type: "RainGauge", Name: evil, Place: s.Place})
	}
	out.Situations = backtest.SituationsOf(list...)
	v := backtest.Version{City: c, Rules: c.Rules()}
	f := &backtest.Findings{Program: evil, City: backtest.CityRef{Name: backtest.Text{ZH: evil, EN: evil}, Zone: "Asia/Shanghai", Simulated: true},
		From: backtest.Time(o.From), Until: backtest.Time(o.Until), Begin: backtest.Time(o.From), First: backtest.Time(out.First),
		Reading: backtest.Reading{From: backtest.FromHistory, Sealed: backtest.Time(o.Until), Inputs: []backtest.Input{{Name: evil}}},
		Rows:    []backtest.FeedRows{{Source: evil}}, Figures: *backtest.FiguresOf(v, &out, o, nil), Command: []string{"citybrain", "--city", evil},
		Packs: []backtest.PackRef{{Name: "p", Tried: true, Title: backtest.Text{ZH: evil, EN: evil}}}, Definition: c, Entities: out.Entities}
	label := backtest.Label{Rules: []city.RuleID{"rain-emergency/heavy-rain"}, Entity: "urn:x:Q", From: o.From + 1, Line: 2}
	f.Labels = backtest.ScoreLabels(&f.Figures, &out, []backtest.Label{label}, o, time.Minute)
	f.Labels.File = evil
	shifted := out
	var moved []city.Situation
	for i, s := range list {
		if s.RaisedAt += city.Instant(i%3) * 60e6; i%5 > 0 {
			moved = append(moved, s)
		}
	}
	shifted.Situations = backtest.SituationsOf(moved...)
	f.Comparison = backtest.Compare(backtest.FiguresOf(v, &shifted, o, nil), &f.Figures, o)
	f.Comparison.Against = evil
	return f
}

// TestPageIsSelfContainedAndEscaped holds that the page asks nobody for anything,
// runs nothing, and shows texts as texts.
func TestPageIsSelfContainedAndEscaped(t *testing.T) {
	for _, language := range []string{"zh", "en"} {
		page := string(HTML(findings(t, 60), language))
		if strings.Contains(page, "<script") || strings.Contains(page, "onload=") || strings.Contains(page, "javascript:") {
			t.Errorf("%s: the page holds a script", language)
		}
		if m := regexp.MustCompile(`(?i)(src|href|url|@import|action)\s*[=(]`).FindString(page); m != "" {
			t.Errorf("%s: the page refers to %q", language, m)
		}
		if strings.Contains(page, "https://") || strings.Contains(page, "http://") {
			t.Errorf("%s: the page names another host", language)
		}
		if !strings.Contains(page, "&lt;script&gt;") {
			t.Errorf("%s: the texts are not there", language)
		}
		if strings.Contains(page, "%!") || strings.Contains(page, "<no value>") || strings.Contains(page, "ZgotmplZ") || strings.Contains(page, "NaN") {
			t.Errorf("%s: a text was not filled in", language)
		}
	}
}

// TestDrawingsAreWellFormed parses every SVG of the page.
func TestDrawingsAreWellFormed(t *testing.T) {
	page := HTML(findings(t, 60), "en")
	drawings := regexp.MustCompile(`(?s)<svg .*?</svg>`).FindAll(page, -1)
	if len(drawings) < 6 {
		t.Fatalf("%d drawings", len(drawings))
	}
	for _, d := range drawings {
		for x := xml.NewDecoder(bytes.NewReader(d)); ; {
			if _, err := x.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%v in %.300s", err, d)
			}
		}
	}
}

// TestPageOfNothing holds that a backtest that raised nothing makes a page.
func TestPageOfNothing(t *testing.T) {
	f := findings(t, 0)
	f.Labels, f.Comparison = nil, nil
	for language, want := range map[string]string{"zh": "没有触发任何情形", "en": "would have raised nothing"} {
		if page := string(HTML(f, language)); !strings.Contains(page, want) || strings.Contains(page, "NaN") {
			t.Errorf("%s: %q is not said", language, want)
		}
		if text := Text(f, language); !strings.Contains(text, want) {
			t.Error(text)
		}
	}
}

// TestPageIsInOneLanguage holds that no Chinese stands on an English page that
// has no Chinese names, and that the Chinese one has Chinese punctuation.
func TestPageIsInOneLanguage(t *testing.T) {
	f := findings(t, 30)
	f.Definition = nil // its base map is the only thing with names of its own
	if han := regexp.MustCompile(`\p{Han}+`).FindString(string(HTML(f, "en"))); han != "" {
		t.Errorf("the English page says %q", han)
	}
	text := regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`).ReplaceAllString(string(HTML(f, "zh")), "")
	text = strings.ReplaceAll(html.UnescapeString(text), evil, "X")
	if mark := regexp.MustCompile(`.{0,12}(\p{Han}[,;:!?]|[,;:!?]\p{Han}).{0,12}`).FindString(text); mark != "" {
		t.Errorf("write full-width punctuation in Chinese: %q", mark)
	}
}

func TestAxisHasRoundSteps(t *testing.T) {
	for _, c := range []struct {
		most        float64
		step, times float64
	}{{0, 1, 1}, {3, 1, 3}, {7, 2, 4}, {383, 100, 4}, {4000, 1000, 4}, {4001, 2000, 3}} {
		step, n := axis(c.most, 4)
		if step != c.step || float64(n) != c.times {
			t.Errorf("up to %v: %d steps of %v", c.most, n, step)
		}
	}
}

func TestSpansAreSaid(t *testing.T) {
	zh, en := speech{zh: true}, speech{}
	for minutes, want := range map[float64][2]string{0: {"0 分钟", "0 min"}, 0.4: {"不足 1 分钟", "under 1 min"}, 90: {"90 分钟", "90 min"},
		121: {"2 小时 1 分钟", "2 h 1 min"}, 180: {"3 小时", "3 h"}, 2880: {"2 天", "2 d"}, 3000: {"2 天 2 小时", "2 d 2 h"}} {
		if zh.span(minutes) != want[0] || en.span(minutes) != want[1] {
			t.Errorf("%v: %s, %s", minutes, zh.span(minutes), en.span(minutes))
		}
	}
	if zh.share(1, 3) != "33 %" || en.share(999, 1000) != "99.9 %" || en.share(1, 0) != "–" || en.count(1234567) != "1,234,567" {
		t.Error("numbers")
	}
}
