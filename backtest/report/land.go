package report

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"citybrain/backtest"
	"citybrain/city"
	"citybrain/internal/wire"
)

// spot is a place where situations stood.
type spot struct {
	Number  int // among the busiest, from 1; 0: not listed
	Entity  city.EntityID
	Name    string
	Areas   []string
	Raised  int
	Hours   float64
	Worst   city.Severity
	Rules   []string
	Longest float64 // minutes
	place   *city.Place
}

// listed is how many of the busiest places have a number on the map.
const listed = 10

// spotsOf gathers what was raised in the window by entity, the busiest first.
func spotsOf(f *backtest.Findings, title func(city.RuleID) string) []spot {
	index := map[city.EntityID]int{}
	var out []spot
	for i := range f.Situations {
		r := &f.Situations[i]
		if r.Phase == backtest.Before {
			continue
		}
		k, known := index[r.Entity]
		if !known {
			k = len(out)
			index[r.Entity] = k
			out = append(out, spot{Entity: r.Entity, Name: cmp.Or(r.Name, shortID(r.Entity)), Areas: r.Areas, place: r.Place})
		}
		s := &out[k]
		s.Raised++
		end := r.Cleared
		if end == 0 {
			end = f.Until
		}
		up := end.Instant().Sub(r.Raised.Instant())
		s.Hours += up.Hours()
		s.Longest = max(s.Longest, up.Minutes())
		s.Worst = max(s.Worst, r.Severity)
		if name := title(r.Rule); !slices.Contains(s.Rules, name) {
			s.Rules = append(s.Rules, name)
		}
		if s.place == nil {
			s.place = r.Place
		}
	}
	slices.SortStableFunc(out, func(a, b spot) int {
		return cmp.Or(cmp.Compare(b.Raised, a.Raised), cmp.Compare(b.Hours, a.Hours), cmp.Compare(a.Entity, b.Entity))
	})
	for i := range min(len(out), listed) {
		out[i].Number = i + 1
	}
	return out
}

// shortID is the end of an id, behind the last colon.
func shortID(id city.EntityID) string {
	s := string(id)
	return s[strings.LastIndexByte(s, ':')+1:]
}

// land is the map being drawn: degrees become lengths by an equirectangular
// projection that is true to scale in the middle.
type land struct {
	canvas
	low, high     city.Point
	squeeze       float64 // of longitudes
	scale         float64 // lengths in one degree of latitude
	width, height float64
}

const (
	mapWidth  = 1000.0
	mapTall   = 820.0
	mapMargin = 44.0
	least     = 0.02 // degrees that a map shows at the least, about 2 km
)

// newLand fits the map around places.
func newLand(places []*city.Place) *land {
	m := &land{width: mapWidth}
	m.low, m.high = frame(places)
	m.squeeze = math.Cos((m.low.Lat + m.high.Lat) / 2 * math.Pi / 180)
	wide := math.Max((m.high.Lon-m.low.Lon)*m.squeeze, least)
	tall := math.Max(m.high.Lat-m.low.Lat, least*0.6)
	m.scale = math.Min((mapWidth-2*mapMargin)/wide, (mapTall-2*mapMargin)/tall)
	m.height = math.Max(tall*m.scale+2*mapMargin, 300)
	return m
}

// frame is a box around nearly all of the places: the outermost hundredth on
// each side does not make everything else small.
func frame(places []*city.Place) (low, high city.Point) {
	var lons, lats []float64
	for _, p := range places {
		for _, q := range p.Points {
			lons, lats = append(lons, q.Lon), append(lats, q.Lat)
		}
	}
	slices.Sort(lons)
	slices.Sort(lats)
	cut := len(lons) / 100
	last := len(lons) - 1 - cut
	return city.Point{Lon: lons[cut], Lat: lats[cut]}, city.Point{Lon: lons[last], Lat: lats[last]}
}

func (m *land) at(p city.Point) (x, y float64) {
	middle := (m.low.Lon + m.high.Lon) / 2
	return m.width/2 + (p.Lon-middle)*m.squeeze*m.scale, m.height/2 - (p.Lat-(m.low.Lat+m.high.Lat)/2)*m.scale
}

// path writes a place as the data of a path.
func (m *land) path(p *city.Place) string {
	var b strings.Builder
	ends := p.Rings
	if len(ends) == 0 {
		ends = []int32{int32(len(p.Points))}
	}
	area := p.Kind == city.PlacePolygon || p.Kind == city.PlaceMultiPolygon
	start := 0
	for _, end := range ends {
		for i := start; i < int(end); i++ {
			x, y := m.at(p.Points[i])
			b.WriteString([2]string{"L", "M"}[btoi(i == start)] + num1(x) + " " + num1(y))
		}
		if area {
			b.WriteString("Z")
		}
		start = int(end)
	}
	return b.String()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func num1(f float64) string { return num(math.Round(f*10) / 10) }

// feature is one of the base map.
type feature struct {
	kind  string
	name  backtest.Text
	place *city.Place
}

// baseOf reads the city's base map, which pack has checked.
func baseOf(f *backtest.Findings) []feature {
	var collection struct {
		Features []struct {
			Properties struct {
				Kind string        `json:"kind"`
				Name backtest.Text `json:"name"`
			} `json:"properties"`
			Geometry wire.Value `json:"geometry"`
		} `json:"features"`
	}
	if f.Definition == nil || wire.Unmarshal(f.Definition.Basemap(), &collection) != nil {
		return nil
	}
	var out []feature
	for i := range collection.Features {
		x := &collection.Features[i]
		if place, err := wire.ParsePlace(x.Geometry); err == nil {
			out = append(out, feature{x.Properties.Kind, x.Properties.Name, place})
		}
	}
	order := []string{"district", "block", "park", "water", "river", "building", "rail", "road", "area"}
	slices.SortStableFunc(out, func(a, b feature) int {
		return cmp.Compare(slices.Index(order, a.kind), slices.Index(order, b.kind))
	})
	return out
}

// drawMap draws where situations stood.
func (s speech) drawMap(f *backtest.Findings, spots []spot) template.HTML {
	places := placesOf(f, spots)
	if len(places) == 0 {
		return ""
	}
	m := newLand(places)
	m.begin("map", s.say("情形所在的地点", "Where situations stood"), m.width, m.height)
	m.rect("ground", "", 0, 0, m.width, m.height)
	m.base(s, f)
	most := 0
	for i := range spots {
		most = max(most, spots[i].Raised)
	}
	for i := len(spots) - 1; i >= 0; i-- { // the busiest last, on top
		m.spot(s, &spots[i], most)
	}
	for i := range min(len(spots), listed) {
		m.number(&spots[i])
	}
	m.ruler(s)
	return m.end()
}

// placesOf is what the map must show: where situations stood, or, without any,
// everything that has a place.
func placesOf(f *backtest.Findings, spots []spot) (places []*city.Place) {
	for i := range spots {
		if p := spots[i].place; p != nil && len(p.Points) > 0 {
			places = append(places, p)
		}
	}
	if places != nil {
		return places
	}
	for i := range f.Entities {
		if p := f.Entities[i].Place; p != nil && len(p.Points) > 0 {
			places = append(places, p)
		}
	}
	return places
}

// base draws the ground: the base map, the areas, and every entity.
func (m *land) base(s speech, f *backtest.Findings) {
	base := baseOf(f)
	for _, x := range base {
		m.shape("path", "", "class", "base "+x.kind, "d", m.path(x.place))
	}
	for i := range f.Entities {
		switch p := f.Entities[i].Place; {
		case p == nil || len(p.Points) == 0:
		case p.Kind == city.PlacePoint:
			x, y := m.at(p.Points[0])
			m.shape("circle", "", "class", "quiet", "cx", num1(x), "cy", num1(y), "r", "1.6")
		default:
			m.shape("path", "", "class", "quiet", "d", m.path(p))
		}
	}
	for _, x := range base {
		if x.kind == "area" && x.name.EN != "" {
			low, high := x.place.Bounds()
			px, py := m.at(city.Point{Lon: (low.Lon + high.Lon) / 2, Lat: high.Lat})
			if px > 0 && px < m.width && py > 0 && py < m.height {
				m.label("areaname middle", s.of(x.name), px, py+14)
			}
		}
	}
}

// spot draws one place: the more situations, the darker and larger.
func (m *land) spot(s speech, x *spot, most int) {
	if x.place == nil || len(x.place.Points) == 0 {
		return
	}
	tip := fmt.Sprintf(s.say("%s：%d 次，共 %s；%s", "%s: %d situations, %s in all; %s"), x.Name, x.Raised, s.span(x.Hours*60), strings.Join(x.Rules, s.say("、", ", ")))
	weight := math.Sqrt(float64(x.Raised) / float64(max(most, 1)))
	if x.place.Kind == city.PlacePoint {
		px, py := m.at(x.place.Points[0])
		m.shape("circle", tip, "class", "spot s"+heat(x.Raised, most)[1:], "cx", num1(px), "cy", num1(py), "r", num(4+8*weight))
		return
	}
	m.shape("path", tip, "class", "way s"+heat(x.Raised, most)[1:], "stroke-width", num(2+4*weight), "d", m.path(x.place))
}

// number puts the number of a busy place on the map.
func (m *land) number(x *spot) {
	if x.place == nil || len(x.place.Points) == 0 {
		return
	}
	px, py := m.at(x.place.Center())
	m.shape("circle", "", "class", "pin", "cx", num1(px), "cy", num1(py), "r", "9")
	m.label("pinned middle", fmt.Sprint(x.Number), px, py+4)
}

// ruler draws a length that people know.
func (m *land) ruler(s speech) {
	metre := m.scale / (city.EarthRadius * math.Pi / 180)
	length := 1.0
	for _, l := range []float64{50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000} {
		if l*metre <= 180 {
			length = l
		}
	}
	text := num(length) + " m"
	if length >= 1000 {
		text = num(length/1000) + " km"
	}
	x, y := 24.0, m.height-20
	m.line("ruler", x, y, x+length*metre, y)
	m.line("ruler", x, y-4, x, y+4)
	m.line("ruler", x+length*metre, y-4, x+length*metre, y+4)
	m.label("tick", text, x, y-8)
	m.shape("path", "", "class", "north", "d", fmt.Sprintf("M%s 44L%s 20L%s 44L%s 38Z", num(m.width-38), num(m.width-30), num(m.width-22), num(m.width-30)))
	m.label("tick middle", s.say("北", "N"), m.width-30, 58)
}
