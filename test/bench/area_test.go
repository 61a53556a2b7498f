package bench

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/test/driver"
)

func TestPageFilesFollowsWhatStartsThePage(t *testing.T) {
	files := map[string]string{
		"/":                       `<link rel="icon" href="/i.svg"><link rel="canonical" href="/no"><script type="module" crossorigin src="/assets/index-1.js"></script><link rel="stylesheet" href="/assets/index-1.css">`,
		"/i.svg":                  "<svg/>",
		"/assets/index-1.css":     "@font-face{src:url(/assets/f-1.woff2)format(\"woff2\")}",
		"/assets/index-1.js":      "import{a}from\"./base-1.js\";d=[\"assets/citymap-1.js\",\"assets/citymap-1.css\",\"assets/other-1.css\"];x(()=>import(`./other-1.js`));y(()=>import(`./citymap-1.js`))",
		"/assets/base-1.js":       "export{a}",
		"/assets/other-1.js":      "z(()=>import(`./course-1.js`))",
		"/assets/course-1.js":     "charts",
		"/assets/citymap-1.js":    "import\"./base-1.js\";w=`/assets/map-worker-1.js`",
		"/assets/citymap-1.css":   "map",
		"/assets/map-worker-1.js": "worker",
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := files[r.URL.Path]
		if !ok {
			w.WriteHeader(404)
		}
		_, _ = w.Write([]byte(text))
	}))
	defer server.Close()
	c, err := driver.Dial(strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := &pageFiles{conn: c, sizes: map[string]int{}}
	sum := func(names ...string) (n int) {
		for _, name := range names {
			n += len(files[name])
		}
		return n
	}
	if err := p.walk("/"); err != nil {
		t.Fatal(err)
	}
	first := sum("/", "/i.svg", "/assets/index-1.css", "/assets/index-1.js", "/assets/base-1.js")
	if p.total() != first || len(p.fonts) != 1 {
		t.Errorf("first %v, fonts %v", p.sizes, p.fonts)
	}
	if err := p.part(mapPart); err != nil {
		t.Fatal(err)
	}
	withMap := first + sum("/assets/citymap-1.js", "/assets/citymap-1.css", "/assets/map-worker-1.js")
	if p.total() != withMap {
		t.Errorf("with the map %v", p.sizes)
	}
	if err := p.part(chartPart); err != nil {
		t.Fatal(err)
	}
	if p.total() != withMap+sum("/assets/course-1.js") {
		t.Errorf("with the charts %v", p.sizes)
	}
	if p.part("nothing-") == nil {
		t.Error("found a part that is not there")
	}
}

func TestMadeCasesFollowTheRules(t *testing.T) {
	now := city.InstantOf(time.Now())
	for moves, want := range []casework.State{casework.Reported, casework.Filed, casework.Dispatched, casework.Handling, casework.Handling, casework.Handling, casework.Handled} {
		change, err := madeCase(moves, moves, now)
		if err != nil {
			t.Fatal(err)
		}
		if c := change.Case; c.State != want || c.Version != int64(moves+1) || len(change.Moves) != moves+1 {
			t.Errorf("after %d moves: %s, version %d", moves, c.State, c.Version)
		}
		if short := lastMoveOnly(change); short.Case.Version != 1 || len(short.Moves) != 1 || short.Moves[0].Seq != 1 {
			t.Errorf("shortened: %+v", short)
		}
	}
}

func TestSkippedFigureSaysWhy(t *testing.T) {
	s := &session{}
	for range 2 {
		s.skip(movesFigure("on PostgreSQL", atLeast(500)), "it is not installed")
	}
	text := report{Runs: 2, Figures: s.figures}.markdown()
	if want := "| case-moves | durable moves on PostgreSQL | ≥ 500 |  |  | moves/s | 0 | 0 | not measured: it is not installed |\n"; strings.Count(text, want) != 1 {
		t.Error(cmp.Diff(want, text))
	}
}

func TestDetectionIsMeasuredAlone(t *testing.T) {
	err := Run(t.Context(), Options{Areas: []string{"read", "detection"}}, os.Stdout)
	if err == nil || !strings.Contains(err.Error(), "alone") {
		t.Errorf("error %v", err)
	}
}
