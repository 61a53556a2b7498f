package catalog

import (
	"fmt"
	"slices"

	"citybrain/city"
)

// Lookup finds the value of an attribute of the entity being judged: the
// reading's own, else the one in the present.
type Lookup func(name city.AttributeName) (city.Value, bool)

// Judge applies the rules to one reading c of an entity whose type is c.Type
// and whose health before it is h. It returns the health after the reading, the
// flags to add to c's, and the reason to quarantine the reading or "".
//
// inOrder says that c is newer than every reading of the entity judged before.
// Otherwise only rules that need nothing but the reading are applied and the
// health stays as it is. A quarantined reading leaves the health as it was.
// FlagFaulty is set whenever the entity is faulty after the reading.
//
// A reading in which a fault rule fires makes its entity faulty from c.At. A
// reading that fault rules looked at and in which none fired is sound; the
// sound-after-th sound one in a row ends the fault, itself included. Readings
// that carry nothing a fault rule looks at, and other changes than readings,
// count neither way.
//
// Judge is pure: h and its runs are never changed. Only stuck rules allocate,
// one copy of the runs a reading.
func (q *Quality) Judge(h city.Health, c *city.Change, value Lookup, inOrder bool) (city.Health, city.Flags, string) {
	rules := q.types[c.Type]
	if rules == nil || !isReading(c.Op) {
		return h, 0, ""
	}
	j := judgement{change: c, value: value, inOrder: inOrder, before: h.Runs, runs: h.Runs}
	for i := range rules.list {
		j.apply(&rules.list[i], rules.runs)
		if j.reason != "" {
			return h, j.flags, j.reason
		}
	}
	if inOrder {
		h = q.healthAfter(h, &j)
	}
	if h.Faulty {
		j.flags |= city.FlagFaulty
	}
	return h, j.flags, ""
}

func isReading(op city.Op) bool {
	switch op {
	case city.OpObserve, city.OpCreate, city.OpUpdate, city.OpReplace, city.OpPatch:
		return true
	}
	return false
}

// judgement is the state of judging one reading.
type judgement struct {
	change  *city.Change
	value   Lookup
	inOrder bool
	before  []city.Run
	runs    []city.Run // before, or a copy once changed
	copied  bool
	flags   city.Flags
	fault   city.Flags // flags of fault rules that fired
	judged  bool       // a fault rule looked at the reading
	reason  string
}

// apply judges the reading by one rule; width is the number of runs of the type.
func (j *judgement) apply(r *check, width int) {
	if r.source != "" && r.source != j.change.Source {
		return
	}
	var flag city.Flags
	var looked bool
	if r.kind == checkEmpty {
		flag, looked = j.empty(r), true
	} else if v, ok := number(j.change, r.attribute); ok {
		looked = true
		flag = j.number(r, v, width)
	}
	if r.fault && looked {
		j.judged = true
		j.fault |= flag
	}
	j.flags |= flag
	if flag != 0 && r.quarantine && j.reason == "" {
		j.reason = r.quarantineReason(j.change)
	}
}

func (j *judgement) number(r *check, v float64, width int) city.Flags {
	switch r.kind {
	case checkRange:
		if !(v >= r.min && v <= r.max) {
			return city.FlagRange
		}
	case checkCapacity:
		if limit, ok := j.value(r.over); ok && limit.Kind == city.Number && v > limit.Num {
			return city.FlagCapacity
		}
	case checkStuck:
		if j.inOrder && j.stuck(r, v, width) {
			return city.FlagStuck
		}
	}
	return 0
}

// stuck takes the reading into the rule's run and says whether the run is long
// enough. A zero ends a run and begins none.
func (j *judgement) stuck(r *check, v float64, width int) bool {
	if !j.copied {
		j.runs = make([]city.Run, width)
		copy(j.runs, j.before)
		j.copied = true
	}
	run := &j.runs[r.run]
	switch {
	case v == 0:
		*run = city.Run{}
	case run.Count > 0 && run.Value == v:
		run.Count = max(run.Count, run.Count+1) // stays at its greatest instead of overflowing
		run.Last = j.change.At
	default:
		*run = city.Run{Value: v, Count: 1, From: j.change.At, Last: j.change.At}
	}
	return run.Count >= r.readings && run.Last.Sub(run.From) >= r.spanning
}

// empty flags a reading that lacks some of the attributes expected; one that
// lacks all of them is quarantined whatever the rule's action.
func (j *judgement) empty(r *check) city.Flags {
	missing := 0
	for _, name := range r.attributes {
		if isMissing(j.change, name) {
			missing++
		}
	}
	if missing == 0 {
		return 0
	}
	if missing == len(r.attributes) {
		j.reason = r.quarantineReason(j.change)
	}
	return city.FlagEmpty
}

func (r *check) quarantineReason(c *city.Change) string {
	if r.kind != checkEmpty {
		v, _ := number(c, r.attribute)
		return fmt.Sprintf("%s: quality rule %s: %v is not acceptable", r.attribute, r.name, v)
	}
	var missing []byte
	for _, name := range r.attributes {
		if isMissing(c, name) {
			if len(missing) > 0 {
				missing = append(missing, ", "...)
			}
			missing = append(missing, name...)
		}
	}
	return fmt.Sprintf("%s: quality rule %s: no value", missing, r.name)
}

func number(c *city.Change, name city.AttributeName) (float64, bool) {
	for i := range c.Attributes {
		if a := &c.Attributes[i]; a.Name == name {
			return a.Value.Num, a.Value.Kind == city.Number
		}
	}
	return 0, false
}

func isMissing(c *city.Change, name city.AttributeName) bool {
	return !slices.ContainsFunc(c.Attributes, func(a city.Attribute) bool {
		return a.Name == name && a.Value.Kind != city.None && !(a.Value.Kind == city.JSON && a.Value.Text == "null")
	})
}

// healthAfter is the step of an entity's health over a reading in order.
func (q *Quality) healthAfter(h city.Health, j *judgement) city.Health {
	h.Runs = j.runs
	switch {
	case !j.judged:
	case j.fault != 0:
		if !h.Faulty {
			h.Faulty, h.Since, h.Fault = true, j.change.At, j.fault
		}
		h.Sound = 0
	case h.Faulty:
		if h.Sound++; h.Sound >= q.soundAfter {
			h.Faulty, h.Sound, h.Since, h.Fault = false, 0, 0, 0
		}
	}
	return h
}
