package views_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"citybrain/api/admin"
	"citybrain/api/ngsild"
	"citybrain/api/views"
	"citybrain/city"
	"citybrain/indicator"
	"citybrain/internal/clock"
	"citybrain/internal/wire"
	"citybrain/model"
	"citybrain/pack"
)

const noon city.Instant = 1407758400e6

// judge watches nothing.
type judge interface{ model.Judge }

type nobody struct{ judge }

func (nobody) Watches(city.EntityType) bool { return false }

// CountUp implements indicator.Situations.
func (nobody) CountUp(context.Context, city.RuleID) (int, error) { return 0, nil }

// underpasses is a present with n underpasses whose water rises by 0.5 a piece.
func underpasses(n int) *model.Present {
	p := model.NewPresent()
	b := &city.Batch{}
	for i := range n {
		c := city.Change{Op: city.OpReplace, Entity: city.EntityID("urn:ngsi-ld:Underpass:" + strconv.Itoa(i)), Type: "Underpass", ReceivedAt: noon}
		if i%3 > 0 {
			c.Attributes = append(c.Attributes, city.Attribute{Name: "waterLevel", Value: city.NumberOf(float64(i) / 2), ReceivedAt: noon})
		}
		if i%2 > 0 {
			c.Attributes = append(c.Attributes, city.Attribute{Name: "depth", Value: city.NumberOf(400), ReceivedAt: noon})
		}
		b.Changes = append(b.Changes, c)
	}
	p.Replay(1, b, nobody{})
	return p
}

// TestFiguresOpenIntoTheirRows counts the rows that a figure's address lists,
// through all pages.
func TestFiguresOpenIntoTheirRows(t *testing.T) {
	present := underpasses(120)
	entities := ngsild.New(ngsild.Options{Present: present, Clock: clock.NewManual(noon)})
	list := func(query url.Values) string { return ngsild.Prefix + "entities?" + query.Encode() }
	var figures []indicator.Figure
	for _, q := range []string{"waterLevel>15", "waterLevel>15;depth==400", "waterLevel==10..20|depth<1", "waterLevel>1000", "waterLevel"} {
		match, err := ngsild.CompileQ(q)
		if err != nil {
			t.Fatal(err)
		}
		figures = append(figures, indicator.Figure{ID: q, Entities: &indicator.Entities{Type: "Underpass", Match: match}, Href: list(url.Values{"type": {"Underpass"}, "q": {q}})})
	}
	figures = append(figures, indicator.Figure{ID: "share", Share: &indicator.Share{Type: "Underpass", Part: "waterLevel", Whole: "depth"}, Href: list(url.Values{"type": {"Underpass"}, "q": {"waterLevel;depth"}})})
	h := admin.New(admin.Options{Views: views.Options{Board: &indicator.Board{Figures: figures, Present: present, Situations: nobody{}}, Clock: clock.NewManual(noon)}})
	var got views.FigureList
	answer(t, h, "/api/v1/figures", &got)
	if len(got.Figures) != len(figures) {
		t.Fatalf("%d figures", len(got.Figures))
	}
	for i, f := range got.Figures {
		rows := 0
		for offset := 0; ; offset += 7 {
			var page []wire.Value
			answer(t, entities, fmt.Sprintf("%s&limit=7&offset=%d", f.Rows.Href, offset), &page)
			if rows += len(page); len(page) < 7 {
				break
			}
		}
		if rows != f.Rows.Count || f.Value == nil || i < 5 && (*f.Value != float64(rows) || *f.Of != 120) {
			t.Errorf("%s says %+v, its address lists %d", f.ID, f, rows)
		}
	}
	if got.Figures[0].Rows.Count == 0 || got.Figures[3].Rows.Count != 0 || got.Figures[5].Unit != "%" || *got.Figures[5].Part <= 0 {
		t.Errorf("the figures are %+v", got.Figures)
	}
}

func answer(t *testing.T, h http.Handler, path string, out any) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	if err := wire.Unmarshal(w.Body.Bytes(), out); err != nil || w.Code != 200 {
		t.Fatalf("%s is %d: %v: %s", path, w.Code, err, w.Body)
	}
}

func TestLayersAreAsThePackSays(t *testing.T) {
	h := admin.New(admin.Options{Views: views.Options{Layers: []pack.Layer{
		{Pack: "p", ID: "roads", Title: city.Names{ZH: "道路", EN: "Roads"}, Type: "RoadSegment", Draw: pack.DrawLine, Value: &pack.Measure{Attribute: "speed", Of: "free"}, Unit: "%", Scale: &pack.Scale{Good: 0.8, Poor: 0.3},
			Label: "name", Fields: []pack.LayerField{{Attribute: "speed", Title: city.Names{EN: "Speed"}, Unit: "km/h"}}},
		{Pack: "p", ID: "water", Type: "Underpass", Draw: pack.DrawPoint, Value: &pack.Measure{Attribute: "level"}},
		{Pack: "p", ID: "plain", Type: "Park", Draw: pack.DrawArea},
	}}})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/layers", nil))
	for _, part := range []string{`"value":{"ratio":"speed","of":"free"},"unit":"%","scale":{"good":0.8,"poor":0.3},"label":{"attribute":"name"},"fields":[{"attribute":"speed","title":{"zh":"","en":"Speed"},"unit":"km/h"}]`,
		`"draw":"point","value":{"attribute":"level"},"fields":[]}`, `"type":"Park","draw":"area","fields":[]}`} {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("the layers lack %s: %s", part, w.Body)
		}
	}
}

func TestTheBaseMapIsSentOnce(t *testing.T) {
	const drawn = `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"kind":"river"},"geometry":null}]}`
	for body, want := range map[string]string{"": `{"type":"FeatureCollection","features":[]}`, drawn: drawn} {
		var given []byte
		if body != "" {
			given = []byte(body)
		}
		h := admin.New(admin.Options{Views: views.Options{Basemap: given}})
		ask := func(headers ...string) *httptest.ResponseRecorder {
			r := httptest.NewRequest("GET", "/api/v1/basemap", nil)
			for i := 0; i < len(headers); i += 2 {
				r.Header.Set(headers[i], headers[i+1])
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w
		}
		plain := ask()
		if plain.Body.String() != want || plain.Header().Get("Content-Type") != "application/geo+json" {
			t.Errorf("the map is %v %s", plain.Header(), plain.Body)
		}
		packed := ask("Accept-Encoding", "gzip")
		z, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(z); err != nil || string(text) != want || packed.Header().Get("Content-Encoding") != "gzip" {
			t.Errorf("packed it is %s, %v", text, err)
		}
		if again := ask("If-None-Match", plain.Header().Get("ETag")); again.Code != 304 || again.Body.Len() != 0 {
			t.Errorf("again it is %d", again.Code)
		}
	}
}
