package report

import (
	"bytes"
	_ "embed"
	"html/template"
	"strings"
	"time"

	"citybrain/backtest"
	"citybrain/city"
)

//go:embed page.html
var pageText string

//go:embed style.css
var styleText string

// pages are the two languages of the page; the words of each are chosen when
// the template is made.
var pages = map[string]*template.Template{"zh": newPage("zh"), "en": newPage("en")}

func newPage(language string) *template.Template {
	s := speech{zh: language == "zh"}
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"say": func(zh, en string) string { return s.say(zh, en) },
		"n":   func(n int) string { return s.count(int64(n)) }, "n64": s.count,
		"rate": s.rate, "span": s.span, "minutes": s.minutes, "share": s.share,
	}).Parse(pageText))
}

// HTML draws the page in a language, zh or en.
func HTML(f *backtest.Findings, language string) []byte {
	s := speechOf(f, language)
	v := s.view(f)
	v.Language = map[bool]string{true: "zh-CN", false: "en"}[s.zh]
	var out bytes.Buffer
	if err := pages[map[bool]string{true: "zh", false: "en"}[s.zh]].Execute(&out, v); err != nil {
		panic("report: the page does not fit its data: " + err.Error()) // a fault of ours that every test of the page meets
	}
	return out.Bytes()
}

func speechOf(f *backtest.Findings, language string) speech {
	s := speech{zh: language == "zh", zone: time.UTC}
	if f.Definition != nil && f.Definition.Zone != nil {
		s.zone = f.Definition.Zone
	}
	return s
}

// titles is how rules are called in the language.
func (s speech) titles(f *backtest.Findings) func(city.RuleID) string {
	names := map[city.RuleID]string{}
	for i := range f.Rules {
		names[f.Rules[i].Rule] = s.of(f.Rules[i].Title)
	}
	return func(id city.RuleID) string {
		if names[id] != "" {
			return names[id]
		}
		return string(id)
	}
}

// view is what the template shows.
type view struct {
	*backtest.Findings
	Language, Style     string
	StyleCSS            template.CSS
	Name, Window        string
	Packs               []packView
	Summary             []string
	Tiles               []tile
	Map, Days, Hours    template.HTML
	Lengths, Delays     template.HTML
	Legend              []legend
	Spots               []spot
	Areas               []areaView
	Rules               []ruleView
	Longest             []situationView
	Early               []situationView // before the window was warm
	EarlyMore           int
	Feeds               []backtest.FeedRows
	Before, InWindow    backtest.RowCounts
	BeginText, FromText string
	UntilText           string
	FirstText, Sealed   string
	Warm                string
	CommandLine         string
	Inputs              int64
	Scores              []scoreView
	Pairs               []pairView
}

type (
	packView struct {
		backtest.PackRef
		Called string
	}
	tile     struct{ Value, Name, Note string }
	legend   struct{ Class, Name string }
	areaView struct {
		backtest.AreaFigures
		Called, Share string
	}
	ruleView struct {
		backtest.RuleFigures
		Called, Level, Class, WarmText string
		Spark                          template.HTML
	}
	situationView struct {
		backtest.Raised
		Title, Called, When, Lasted, Mark string
	}
	scoreView struct {
		backtest.RuleScore
		Called        string
		Missed, False []exampleView
	}
	exampleView struct {
		backtest.LabelExample
		Called, When string
	}
	pairView struct {
		backtest.RuleComparison
		Called   string
		Bar      template.HTML
		Examples []stripView
	}
	stripView struct {
		Kind, Called, Old, New, Shift string
		Strip                         template.HTML
	}
)

const mostListed = 15

func (s speech) view(f *backtest.Findings) *view {
	title := s.titles(f)
	spots := spotsOf(f, title)
	v := &view{
		Findings: f, StyleCSS: template.CSS(styleText), Name: s.of(f.City.Name), Summary: s.summary(f, spots), Tiles: s.tiles(f),
		Map: s.drawMap(f, spots), Days: s.days(f), Hours: s.hours(f), Lengths: s.lengths(f), Spots: spots[:min(len(spots), listed)],
		Feeds: f.Rows, BeginText: s.moment(f.Begin), FromText: s.moment(f.From), UntilText: s.moment(f.Until), FirstText: s.moment(f.First),
		CommandLine: shell(f.Command),
	}
	v.Before, v.InWindow = f.Sum()
	v.Warm = s.span(f.From.Instant().Sub(f.Begin.Instant()).Minutes())
	if f.Reading.Sealed != 0 {
		v.Sealed = s.moment(f.Reading.Sealed)
	}
	for _, p := range f.Packs {
		v.Packs = append(v.Packs, packView{p, s.of(p.Title)})
	}
	for _, x := range f.Reading.Inputs {
		v.Inputs += x.Bytes
	}
	s.tables(f, v, title)
	if f.Labels != nil {
		v.Delays = s.delays(f.Labels)
		s.scores(f, v, title)
	}
	if f.Comparison != nil {
		s.pairs(f, v, title)
	}
	return v
}

func (s speech) tiles(f *backtest.Findings) []tile {
	all := allMinutes(f)
	out := []tile{
		{s.count(int64(f.Raised)), s.say("触发的情形", "situations raised"), s.say("每天 ", "a day: ") + s.rate(float64(f.Raised)/f.Days)},
		{s.span(all.Median), s.say("持续时间中位数", "up for, median"), s.say("九成不超过 ", "nine in ten within ") + s.span(all.Ninety)},
		{s.count(int64(entities(f))), s.say("涉及的对象", "entities concerned"), s.say("规则读取的对象共 ", "of those that rules read: ") + s.count(int64(len(f.Entities)))},
		{s.count(int64(f.UpAtEnd)), s.say("窗口结束时未解除", "still up at the end"), s.say("窗口未热时触发 ", "raised while cold: ") + s.count(int64(f.Cold))},
	}
	_, rows := f.Sum()
	return append(out, tile{s.count(rows.Rows - rows.Outside), s.say("窗口内的数据行", "rows in the window"),
		s.say("隔离 ", "quarantined ") + s.count(rows.Quarantined) + s.say("，迟到 ", ", late ") + s.count(rows.Late)})
}

// shell writes arguments as a shell reads them.
func shell(args []string) string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a
		if a == "" || strings.ContainsAny(a, " \t\n'\"\\$&|;<>()*?[]{}~#`!") {
			out[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(out, " ")
}
