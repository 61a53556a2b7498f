package rule

import (
	"fmt"
	"math"
	"math/rand"
	"strings"
	"testing"

	"citybrain/city"
)

// conditions builds random conditions and values; the two ways to run a
// condition must agree on every one of them.
type conditions struct{ *rand.Rand }

func (g conditions) pick(from ...string) string { return from[g.Intn(len(from))] }

func (g conditions) literal() string {
	return g.pick("0.0", "1.0", "-1.5", "0.5", "1e300", "1e-300", "9007199254740993.0", "3.25")
}

func (g conditions) number(depth int) string {
	if depth == 0 || g.Intn(3) == 0 {
		if g.Intn(2) == 0 {
			return g.pick("a", "b", "c", "r.far")
		}
		return g.literal()
	}
	if g.Intn(8) == 0 {
		return "-(" + g.number(depth-1) + ")"
	}
	return "(" + g.number(depth-1) + g.pick(" + ", " - ", " * ", " / ") + g.number(depth-1) + ")"
}

func (g conditions) truth(depth int) string {
	if depth == 0 || g.Intn(4) == 0 {
		switch g.Intn(8) {
		case 0:
			return "faulty"
		case 1:
			return "open"
		case 2:
			return "state " + g.pick("==", "!=", "<", ">=") + " " + g.pick(`"up"`, `"down"`, `""`)
		case 3:
			return g.number(1) + g.pick(" < ", " > ", " >= ", " <= ") + g.pick("0", "1", "-3", "9223372036854775807", "-9223372036854775808")
		}
		return g.number(2) + g.pick(" < ", " > ", " >= ", " <= ", " == ", " != ") + g.number(2)
	}
	switch g.Intn(5) {
	case 0:
		return "!(" + g.truth(depth-1) + ")"
	case 1:
		return "(" + g.truth(depth-1) + g.pick(" == ", " != ") + g.truth(depth-1) + ")"
	}
	return "(" + g.truth(depth-1) + g.pick(" && ", " || ") + g.truth(depth-1) + ")"
}

func (g conditions) value() cell {
	switch g.Intn(10) {
	case 0:
		return cell{}
	case 1:
		return cell{kind: city.Number, num: math.Inf(1 - 2*g.Intn(2))}
	case 2:
		return cell{kind: city.Number, num: math.NaN()}
	case 3:
		return cell{kind: city.Number, num: 1 << 53}
	case 4:
		return cell{kind: city.Text, ext: &city.Value{Kind: city.Text, Text: "up"}}
	}
	return cell{kind: city.Number, num: float64(g.Intn(9))/2 - 2}
}

// scene is a frame with the attributes a, b, c, open, state and r, which points
// to an entity with the attribute far.
func (g conditions) scene() (*frame, map[string]*bound) {
	far := &table{shape: shape{kind: "Far"}}
	e := &Engine{entities: map[city.EntityID]*entity{"x": {id: "x", table: far, cells: []cell{g.value()}}}}
	f := &frame{engine: e, faulty: g.Intn(2) == 0, cells: make([]cell, 6)}
	names := []string{"a", "b", "c", "open", "state", "r.far"}
	at := map[string]*bound{}
	for i, name := range names {
		at[name] = &bound{ref: ref{name: city.AttributeName(name), kind: city.Number}, slot: i}
		f.cells[i] = g.value()
	}
	at["open"].kind, at["state"].kind = city.Bool, city.Text
	at["r.far"] = &bound{ref: ref{through: "r", name: "far", kind: city.Number}, slot: 5, table: far}
	if g.Intn(3) > 0 {
		f.cells[3] = cell{kind: city.Bool, num: float64(g.Intn(2))}
		f.cells[4] = cell{kind: city.Text, ext: &city.Value{Kind: city.Text, Text: g.pick("up", "down", "")}}
		f.cells[5] = cell{kind: city.Relation, ext: &city.Value{Kind: city.Relation, Text: "x"}}
	}
	if g.Intn(4) == 0 {
		f.blank = 1 << g.Intn(6)
	}
	return f, at
}

// agree compares the closures of a condition with CEL over some scenes.
func agree(t testing.TB, g conditions, text string, scenes int) (simple bool) {
	t.Helper()
	x, err := parseExpr(text)
	if err != nil {
		return false
	}
	for range scenes {
		f, at := g.scene()
		find := func(path string) *bound { return at[path] }
		for _, r := range x.refs {
			if at[r.path()] == nil || at[r.path()].kind != r.kind {
				return false
			}
		}
		closure := (binder{at: find}).term(x.tree.Expr())
		if closure == nil || closure.truth == nil {
			return false
		}
		program, err := x.bindCEL(find, func() {})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got, want := closure.truth(f), program(f); got != want {
			t.Fatalf("%s\nclosures give %d, CEL gives %d\ncells %+v faulty %v blank %b", text, got, want, f.cells, f.faulty, f.blank)
		}
	}
	return true
}

func TestClosuresAgreeWithCEL(t *testing.T) {
	g := conditions{rand.New(rand.NewSource(1))}
	simple := 0
	for range 3000 {
		if agree(t, g, g.truth(3), 12) {
			simple++
		}
	}
	if simple < 2000 {
		t.Errorf("only %d of 3000 random conditions were compared", simple)
	}
}

func FuzzClosuresAgreeWithCEL(f *testing.F) {
	for i := range 20 {
		f.Add(conditions{rand.New(rand.NewSource(int64(i)))}.truth(3), int64(i))
	}
	f.Add(`a > 0 && b < 0.5 * c`, int64(1))
	f.Add(`state in ["up", "down"] ? a > 1.0 : open`, int64(2))
	f.Fuzz(func(t *testing.T, text string, seed int64) {
		if strings.Count(text, "(") > 40 {
			return
		}
		agree(t, conditions{rand.New(rand.NewSource(seed))}, text, 4)
	})
}

func TestConditionKinds(t *testing.T) {
	tests := []struct{ text, want string }{
		{"vehicleCount > 0 && averageVehicleSpeed < 0.5 * freeFlowSpeed", "vehicleCount:1 averageVehicleSpeed:1 freeFlowSpeed:1"},
		{`status == "open" && !closed`, "status:2 closed:3"},
		{`status in ["open", "half"] || name.startsWith("A")`, "status:2 name:2"},
		{`refZone.level >= 3 && refZone.name != "x"`, "refZone.level:1 refZone.name:2"},
		{`[1.0, 2.0].exists(i, i > a)`, "a:1"},
		{`timestamp(startDate) > timestamp("2014-01-01T00:00:00Z")`, "startDate:2"},
		{`faulty ? a > 1.0 : b > 2.0`, "a:1 b:1"},
	}
	for _, tt := range tests {
		x, err := parseExpr(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		var got []string
		for _, r := range x.refs {
			got = append(got, fmt.Sprintf("%s:%d", r.path(), r.kind))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s reads %s, want %s", tt.text, s, tt.want)
		}
	}
}

func TestCostIsBounded(t *testing.T) {
	list := "[" + strings.Repeat("1.0,", 60) + "1.0]"
	rules := compile(t, fmt.Sprintf(`
rule: costly
entity: X
severity: minor
when: "%[1]s.all(i, %[1]s.all(j, %[1]s.all(k, i + j + k > a)))"
`, list))
	e := New(rules, Options{})
	if got := run(e, []city.Change{reading("X", "x", t0, number("a", 0, t0))}, minutes(1)); len(got) != 0 {
		t.Error("raised by a condition beyond the cost limit")
	}
	if n := again(t, e, rules).Failures()["test/costly"]; n != 1 {
		t.Errorf("%d failures counted, want 1", n)
	}
}

func BenchmarkCondition(b *testing.B) {
	x, _ := parseExpr("vehicleCount > 0 && averageVehicleSpeed < 0.5 * freeFlowSpeed")
	at := map[string]*bound{}
	f := &frame{cells: []cell{{kind: city.Number, num: 4}, {kind: city.Number, num: 30}, {kind: city.Number, num: 50}}}
	for i, r := range x.refs {
		at[r.path()] = &bound{ref: r, slot: i}
	}
	closures, _ := x.bind(func(p string) *bound { return at[p] }, func() {})
	program, _ := x.bindCEL(func(p string) *bound { return at[p] }, func() {})
	b.Run("closures", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			closures(f)
		}
	})
	b.Run("cel", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			program(f)
		}
	})
}
