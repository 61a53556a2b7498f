package pack

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAdviceNamesWhatPeopleWouldReadAsItStands holds that advice names each
// field, value, reason and feed without a text, and that it is no fault.
func TestAdviceNamesWhatPeopleWouldReadAsItStands(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, readFaultFile(t, "testdata/base.txt").files)
	lay(t, dir, []document{
		{rel: "packs/demo/standards/Sensor.yaml", data: []byte(`type: Sensor
version: 1.0.0
name: {zh: 传感器, en: Sensor}
description: {zh: 传感器, en: A sensor.}
class: transport/parking
fields:
  - {name: level, kind: number, unit: P1, grade: L2, description: {zh: 水平, en: Level}}
  - {name: state, kind: text, one-of: [up, down], values: {up: {zh: 正常, en: Up}}, grade: L1, title: {zh: 状态, en: State}, description: {zh: 状态, en: State}}
`)},
		{rel: "packs/demo/standards/Garage.yaml", data: []byte(`type: Garage
version: 1.0.0
name: {zh: 停车场, en: Garage}
description: {zh: 停车场, en: A garage.}
class: transport/parking
fields:
  - {name: occupied, kind: number, unit: C62, grade: L1, title: {zh: 占用, en: Occupied}, description: {zh: 占用, en: Occupied}}
  - {name: total, kind: number, unit: C62, grade: L1, title: {zh: 总数, en: Total}, description: {zh: 总数, en: Total}}
`)},
		{rel: "packs/demo/rules/garage-full.yaml", data: []byte("rule: garage-full\nentity: Garage\nseverity: minor\nwhen: occupied >= total\nunless: faulty\nreasons: {cleared: room-again, unless: data-fault}\n")},
	})
	c, faults := LoadCity(filepath.Join(dir, "city"), filepath.Join(dir, "packs"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	want := `city/feeds/parking.yaml:1: missing-title: people read the id of the feed parking (give it a title in both languages)
packs/demo/rules/garage-full.yaml:6: missing-reason: people read the reason room-again as it stands (name it in both languages under gives.reasons of pack.yaml)
packs/demo/standards/Sensor.yaml:7: missing-title: people read the description of level beside its values (give it a title of a word or two)
packs/demo/standards/Sensor.yaml:8: missing-value: people read the value down of state as it stands (name it in both languages under values)
`
	if diff := cmp.Diff(want, strings.ReplaceAll(lines(c.Advice()), dir+string(filepath.Separator), "")); diff != "" {
		t.Errorf("advice (-want +got):\n%s", diff)
	}
}

// TestOwnPacksNeedNoAdvice holds that people read no name of a field, value,
// reason or feed in what is shipped.
func TestOwnPacksNeedNoAdvice(t *testing.T) {
	for _, dir := range []string{"../cities/shili", "../cities/aarhus"} {
		c, faults := LoadCity(dir, "../packs")
		if err := append(faults, c.Advice()...).Err(); err != nil {
			t.Error(err)
		}
	}
	p, faults := Load("newcity/template/packs/high-water")
	if err := append(faults, p.Advice()...).Err(); err != nil {
		t.Error(err)
	}
}

func TestKindsAreCalledByTheirTitles(t *testing.T) {
	c, _ := LoadCity("../cities/shili", "../packs")
	got := map[string]string{}
	for _, k := range c.Kinds() {
		got[k.ID] += k.Title.ZH
	}
	want := map[string]string{"garage-pressure": "停车场压力", "data-fault": "数据核查", "flooded-underpass": "隧道积水", "pump-failure": "泵站失效", "underpass-check": "隧道核查", "traffic-incident": "交通突发事件"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}
