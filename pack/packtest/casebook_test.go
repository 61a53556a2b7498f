package packtest

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/casework"
	"citybrain/pack"
)

// handled is the demo pack with a procedure.
func handled(t *testing.T) *pack.Pack {
	t.Helper()
	p := demo(t)
	proc, faults := casework.ParseProcedure("high.yaml", []byte(`procedure: high
title: {zh: 水位高, en: High water}
on: high
kind: flood
limit: 4h
dispatch: automatic
lead: {role: water-authority, order: {zh: 去看, en: Look}}
assist:
  - {owner: true, order: {zh: 去看, en: Look}}
  - {role: police, order: {zh: 封路, en: Close}, when: {evidence: Gauge}}
`))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	proc.Pack = p.Name
	p.Procedures = append(p.Procedures, proc)
	return p
}

const wave = `start: 2014-08-11T08:00:00Z
tests:
  - test: a wave
    steps:
      - {at: 0m, id: A, type: Gauge, values: {level: 5}}
      - {at: 10m, id: A, values: {level: 2}}
      - {at: 20m, id: "urn:ngsi-ld:Gauge:B", type: Gauge, values: {level: 5}}
    expect:
      - {situation: high, id: A, raised: 0m, cleared: 10m}
      - {situation: high, id: "urn:ngsi-ld:Gauge:B", raised: 20m}
`

func TestCases(t *testing.T) {
	for _, c := range []struct{ name, cases, want string }{
		{"not looked at", "", "ok    f.yaml:3: a wave\n"},
		{"as expected", `    cases:
      - {procedure: high, id: A, opened: 0m, kind: flood, severity: minor, state: dispatched, lead: water-authority, assist: [police, owner], due: 4h, cleared: 10m}
      - {procedure: high, id: "urn:ngsi-ld:Gauge:B", opened: 20m}
`, "ok    f.yaml:3: a wave\n"},
		{"none expected", "    cases: []\n", `FAIL  f.yaml:3: a wave (-expected +found)
    high of A raised 0s, cleared 10m
    high of urn:ngsi-ld:Gauge:B raised 20m, up
  + case high of A opened 0s, kind flood, severity minor, state dispatched, lead water-authority, assist [owner, police], due 4h, cleared 10m
  + case high of urn:ngsi-ld:Gauge:B opened 20m, kind flood, severity minor, state dispatched, lead water-authority, assist [owner, police], due 4h20m
`},
		{"others expected", `    cases:
      - {procedure: high, id: A, opened: 0m, kind: fire, severity: major, state: filed, lead: police, assist: [], due: 2h, closed: data-fault}
      - {procedure: high, id: "urn:ngsi-ld:Gauge:B", opened: 25m}
`, `FAIL  f.yaml:3: a wave (-expected +found)
    high of A raised 0s, cleared 10m
    high of urn:ngsi-ld:Gauge:B raised 20m, up
  - case high of A opened 0s, kind fire, severity major, state filed, lead police, assist [], due 2h, closed (data-fault)
  + case high of A opened 0s, kind flood, severity minor, state dispatched, lead water-authority, assist [owner, police], due 4h, cleared 10m
  - case high of urn:ngsi-ld:Gauge:B opened 25m
  + case high of urn:ngsi-ld:Gauge:B opened 20m, kind flood, severity minor, state dispatched, lead water-authority, assist [owner, police], due 4h20m
`},
	} {
		p := handled(t)
		list, faults := prepare(p, "f.yaml", []byte(wave+c.cases))
		if len(faults) > 0 {
			t.Fatal(c.name, faults)
		}
		var out bytes.Buffer
		_, err := list[0].run(p, &out)
		if diff := cmp.Diff(c.want, out.String()); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", c.name, err, diff)
		}
	}
}

func TestFaultsOfCases(t *testing.T) {
	_, faults := prepare(handled(t), "f.yaml", []byte(wave+`    cases:
      - {procedure: hihg, id: A, opened: 0m}
      - {procedure: high, id: A, opened: 0m, lead: firemen, assist: [owner, polic]}
      - {procedure: high, id: A, opened: 0m, state: done, closed: solved}
      - {procedure: high, id: A}
`))
	want := `f.yaml:12: unknown-procedure: the pack has no procedure "hihg" (did you mean high?)
f.yaml:13: unknown-role: no procedure of the pack asks for the role "firemen"
f.yaml:13: unknown-role: no procedure of the pack asks for the role "polic" (did you mean police?)
f.yaml:14: unknown-state: "done" is not a state of a case (filed, dispatched or closed: nobody moves in a story)
f.yaml:14: unknown-outcome: a procedure closes no case as "solved" (the program closes a case only as data-fault)
f.yaml:15: missing-key: tests[0].cases[3].opened is missing`
	if diff := cmp.Diff(want, faults.Err().Error()); diff != "" {
		t.Error(diff)
	}
}
