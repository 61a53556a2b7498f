package packtest

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/catalog"
	"citybrain/pack"
	"citybrain/rule"
)

func TestPacks(t *testing.T) {
	dirs, _ := filepath.Glob("../../packs/*/pack.yaml")
	if len(dirs) < 2 {
		t.Errorf("only %d packs", len(dirs))
	}
	for _, dir := range dirs {
		var out bytes.Buffer
		passed, failed, err := Run(filepath.Dir(dir), &out)
		if err != nil || failed > 0 || passed < 15 {
			t.Errorf("%s: %d passed, %d failed, %v\n%s", dir, passed, failed, err, &out)
		}
		if n := strings.Count(out.String(), "\n"); n != passed {
			t.Errorf("%s: %d lines for %d tests", dir, n, passed)
		}
	}
}

func TestNoPack(t *testing.T) {
	if _, _, err := Run(t.TempDir(), &bytes.Buffer{}); err == nil {
		t.Error("tests of nothing passed")
	}
}

func demo(t testing.TB) *pack.Pack {
	t.Helper()
	specs, faults := rule.Parse("rules.yaml", []byte(`
rule: high
entity: Gauge
severity: minor
when: level > 3
`))
	rules, more := rule.Compile("demo", specs)
	if faults = append(faults, more...); len(faults) > 0 {
		t.Fatal(faults)
	}
	gauge, faults := catalog.ParseStandard("Gauge.yaml", []byte(`type: Gauge
version: 1.0.0
name: {zh: 水位计, en: Gauge}
description: {zh: 水位, en: Height of the water}
class: water/gauge
fields:
  - {name: level, kind: number, unit: MTR, observed: true, grade: L1, description: {zh: 水位, en: Height}}
  - {name: since, kind: time, grade: L1, description: {zh: 起始, en: Since}}
  - {name: river, kind: relation, target: River, grade: L1, description: {zh: 河, en: River}}
`))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return &pack.Pack{Name: "demo", Rules: rules, Standards: []*catalog.Standard{gauge}}
}

func TestDifference(t *testing.T) {
	list, faults := prepare(demo(t), "tests/high.yaml", []byte(`start: 2014-08-11T08:00:00Z
tests:
  - test: what is expected and what is found
    steps:
      - {at: 0m, id: A, type: Gauge, values: {level: 5, since: 2m, river: R}}
      - {at: 75m, id: A, values: {level: 2}}
      - {at: 80m, id: A, values: {level: 4}}
      - {at: 25h, id: A, values: {level: 3}}
      - {at: 26h, id: A, values: {level: 4}}
    late: 2
    expect:
      - {situation: high, id: A, raised: 0m, reason: condition, cleared: 1h, cleared-reason: condition-ended}
      - {situation: high, id: A, raised: 80m, cleared: 2014-08-12T09:00:00Z}
      - {situation: high, id: B, raised: 2h, evidence: [C]}
`))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var out bytes.Buffer
	ok, err := list[0].run(demo(t), &out)
	want := `FAIL  tests/high.yaml:3: what is expected and what is found (-expected +found)
  - high of A raised 0s (condition), cleared 1h (condition-ended)
  + high of A raised 0s (condition), cleared 1h15m (condition-ended)
    high of A raised 1h20m, cleared 2014-08-12T09:00:00Z
  - high of B raised 2h by C, up
  + high of A raised 2014-08-12T10:00:00Z (condition), up
  - late readings: 2
  + late readings: 0
`
	if diff := cmp.Diff(want, out.String()); ok || err != nil || diff != "" {
		t.Error(ok, err, diff)
	}
}

func TestFaults(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"steps", `start: 8h
tests:
  - test: a
    steps:
      - {clock: 1m, id: A}
      - {at: 1m}
      - {at: 1m, id: A, type: Gauge, delete: true, values: {level: 1}, flags: [odd]}
`, `f.yaml:1: time: start wants a date and time with a zone (start: 2014-08-11T08:00:00Z)
f.yaml:5: step: a step moves the clock or is a reading, not both ({clock: 20m} or {at: 10m, id: A, values: {name: 1}})
f.yaml:6: step: a reading wants at and id ({clock: 20m} or {at: 10m, id: A, values: {name: 1}})
f.yaml:7: step: a deletion has no values ({clock: 20m} or {at: 10m, id: A, values: {name: 1}})
f.yaml:7: step: "odd" is not a quality flag ({clock: 20m} or {at: 10m, id: A, values: {name: 1}})`},
		{"values", `start: 2014-08-11T08:00:00Z
tests:
  - test: a
    rules: [low]
    steps:
      - {at: 1m, id: A}
      - {at: 1m, id: A, type: Gauge, values: {depth: 1}}
      - {at: 1m, id: A, values: {level: high}}
      - {at: 1m, id: A, values: {level: {point: [1, 2, 3]}}}
      - {at: 1m, id: A, values: {since: soon}}
      - {at: 1m, id: B, type: Gauge, values: {river: {line: [[1, 2], [500, 2]]}}}
    expect:
      - {situation: flood, id: A, raised: 1m}
`, `f.yaml:4: unknown-situation: no rule of the pack raises "low"
f.yaml:6: unknown-entity: A is of no known type (list it under entities, or write its type)
f.yaml:7: unknown-attribute: Gauge has no field depth (fields of Gauge: level, since, river)
f.yaml:8: value: level: it is not of the kind that the standard of Gauge says
f.yaml:9: value: level: map[point:[1 2 3]] is not a value: write {point: [lon, lat]}, {line: [[lon, lat], …]} or {relation: id}
f.yaml:10: value: since: "soon" is not an RFC 3339 time with a zone, such as 2014-08-11T00:00:00Z, nor a time after the start, such as 10m
f.yaml:11: value: river: [500 2] is not a position [lon, lat]
f.yaml:13: unknown-situation: no rule of the pack raises "flood"`},
		{"misspelt", `start: yesterday
entities:
  - {id: L, type: Lake}
  - {id: G, type: Gaugge, values: {levl: 1}}
tests:
  - test: a
    entities:
      - {id: M, type: gauge}
    steps:
      - {at: 1m, id: G, values: {level: 4}}
      - {at: 1m, id: H, type: Gauges, values: {levl: 4}}
      - {at: 1m, id: I, type: Gauge, values: {levl: 4, rivr: R}}
    expct: []
    expect:
      - {situation: hihg, id: G, raised: 1m}
  - test: b
    steps: []
`, `f.yaml:1: value: start: "yesterday" is not an RFC 3339 time with a zone, such as 2014-08-11T00:00:00Z, nor a time after the start, such as 10m
f.yaml:3: unknown-type: the pack knows no type Lake (types of the pack are described in its standards/)
f.yaml:4: unknown-type: the pack knows no type Gaugge (did you mean Gauge?)
f.yaml:8: unknown-type: the pack knows no type gauge (did you mean Gauge?)
f.yaml:11: unknown-type: the pack knows no type Gauges (did you mean Gauge?)
f.yaml:12: unknown-attribute: Gauge has no field levl (did you mean level? fields of Gauge: level, since, river)
f.yaml:12: unknown-attribute: Gauge has no field rivr (did you mean river? fields of Gauge: level, since, river)
f.yaml:13: unknown-key: tests[0].expct is not a key here (keys here: cases, entities, expect, late, lateness, rules, steps, test, wait)
f.yaml:15: unknown-situation: no rule of the pack raises "hihg" (did you mean high?)`},
		{"keys", "start: 2014-08-11T08:00:00Z\ntests:\n  - {test: a, step: []}\n",
			"f.yaml:3: unknown-key: tests[0].step is not a key here (keys here: cases, entities, expect, late, lateness, rules, steps, test, wait)\nf.yaml:3: missing-key: tests[0].steps is missing"},
	}
	for _, tt := range tests {
		_, faults := prepare(demo(t), "f.yaml", []byte(tt.file))
		got := ""
		if len(faults) > 0 {
			got = faults.Err().Error()
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func FuzzStories(f *testing.F) {
	f.Add([]byte("start: 2014-08-11T08:00:00Z\ntests:\n  - test: a\n    steps:\n      - {at: 0m, id: A, type: Gauge, values: {level: 5, since: 2m}}\n      - {clock: 5m}\n"))
	p := demo(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		list, _ := prepare(p, "f.yaml", data)
		for i := range list {
			if _, err := list[i].run(p, &bytes.Buffer{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
