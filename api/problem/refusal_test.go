package problem

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"citybrain/api/form"
	"citybrain/city"
	"citybrain/internal/wire"
)

func TestRefusalsSayWhichRuleAndWho(t *testing.T) {
	base := city.Errorf(city.Conflict, "test", "assisting agencies are not done")
	more := Refusal{Guard: "assisting-open", Reason: &form.Names{ZH: "未完成", EN: "not <done>"}, Who: []form.Who{{Duty: "dispatcher", Agency: "parks"}, {Duty: "duty-officer"}},
		Changes: []form.Move{{Seq: 2, Verb: "file", To: "filed", Assists: []string{}, Record: "case.x.2", Leaf: -1}}}
	d := Of(fmt.Errorf("wrapped: %w", Refused(base, more)), Own)
	if d.Status != 409 || d.Detail != "assisting agencies are not done" {
		t.Errorf("the problem is %+v", d)
	}
	var back Document
	if err := wire.UnmarshalStrict(d.Append(nil), &back); err != nil || !reflect.DeepEqual(back.Refusal, more) {
		t.Errorf("it came back as %+v, %v", back.Refusal, err)
	}
	marshalled, err := wire.Marshal(d)
	if err != nil || string(marshalled) != string(d.Append(nil)) {
		t.Errorf("it has two forms:\n%s\n%s", marshalled, d.Append(nil))
	}
	for _, none := range []Refusal{{}, {Who: []form.Who{}}, {Changes: []form.Move{}}} {
		if text := string(Of(Refused(base, none), Own).Append(nil)); strings.Contains(text, "who") || strings.Contains(text, "changes") || strings.Contains(text, ",}") {
			t.Errorf("a refusal that says nothing is %s", text)
		}
	}
}
