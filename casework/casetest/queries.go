package casetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"citybrain/casework"
	"citybrain/city"
)

func cases(t *testing.T, r casework.Records, q casework.Query) []casework.Case {
	t.Helper()
	list, err := r.Cases(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// varied are the changes that open cases which differ in everything a query
// looks at.
func varied() []casework.Change {
	task := func(a city.AgencyID, lead bool, s casework.TaskState, deadline city.Instant) casework.Task {
		return casework.Task{Agency: a, Lead: lead, State: s, Deadline: deadline, GivenAt: start}
	}
	list := make([]casework.Change, 9)
	for i := range list {
		list[i] = opening(i + 1)
		list[i].Case.OpenedAt = start + city.Instant(100*(i+1))
		list[i].Case.Severity = city.Severity(1 + i%4)
	}
	set := func(n int, change func(c *casework.Case)) {
		c := &list[n-1]
		change(&c.Case)
		c.Moves[0].To = c.Case.State
	}
	set(2, func(c *casework.Case) {
		c.State, c.Kind, c.Entity = casework.Filed, "garage-pressure", "urn:ngsi-ld:OffStreetParking:1"
	})
	set(3, func(c *casework.Case) {
		c.State, c.Deadline = casework.Dispatched, start+500
		c.Tasks = []casework.Task{task("roads", true, casework.TaskWaiting, start+300), task("parking", false, casework.TaskHandling, start+900)}
	})
	set(4, func(c *casework.Case) {
		c.State, c.Kind = casework.Handling, "data-fault"
		c.Situation, c.Procedure = casework.SituationNote{ID: "s4"}, "p/a"
		c.Tasks = []casework.Task{task("roads", true, casework.TaskHandling, start+300), task("culture", false, casework.TaskReturned, start+1)}
	})
	set(5, func(c *casework.Case) {
		c.State, c.Deadline = casework.Handled, start+2000
		c.Tasks = []casework.Task{task("parking", true, casework.TaskDone, start+10), task("roads", false, casework.TaskWithdrawn, start+1)}
	})
	set(6, func(c *casework.Case) {
		c.State, c.Deadline, c.ClosedAt, c.Outcome = casework.Closed, start+1, start+700, casework.Solved
		c.Tasks = []casework.Task{task("roads", true, casework.TaskDone, start+1)}
	})
	set(7, func(c *casework.Case) {
		c.State, c.Deadline, c.Text = casework.Filed, start+500, "人民路３号有人被困，Gate 12"
	})
	set(8, func(c *casework.Case) { c.OpenedAt, c.Deadline = list[6].Case.OpenedAt, start+500 })
	return list
}

func seek(text string) (sought []casework.Sought) {
	for _, word := range casework.Seek(text) {
		sought = append(sought, casework.Sought{Prefix: word})
	}
	return sought
}

func checkFilters(t *testing.T, r casework.Records) {
	save(t, r, varied()...)
	type query = casework.Query
	for _, c := range []struct {
		name string
		q    query
		want []int // in any order
	}{
		{"everything", query{}, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"states", query{States: []casework.State{casework.Filed, casework.Closed}}, []int{2, 6, 7}},
		{"a state without cases", query{States: []casework.State{casework.Checked}}, nil},
		{"not closed", query{NotState: casework.Closed}, []int{1, 2, 3, 4, 5, 7, 8, 9}},
		{"filed and not closed", query{States: []casework.State{casework.Filed, casework.Closed}, NotState: casework.Closed}, []int{2, 7}},
		{"kinds", query{Kinds: []string{"data-fault", "garage-pressure"}}, []int{2, 4}},
		{"severity", query{Severity: city.Major}, []int{3, 4, 7, 8}},
		{"the least severity", query{Severity: city.Minor}, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"agency", query{Agency: "roads"}, []int{3, 4, 6}},
		{"an agency that gave its task back", query{Agency: "culture"}, nil},
		{"an unknown agency", query{Agency: "nobody"}, nil},
		{"worklist", query{Agency: "roads", Tasks: []casework.TaskState{casework.TaskWaiting, casework.TaskHandling}}, []int{3, 4}},
		{"tasks of another state", query{Agency: "parking", Tasks: []casework.TaskState{casework.TaskWaiting}}, nil},
		{"done tasks", query{Agency: "parking", Tasks: []casework.TaskState{casework.TaskDone}}, []int{5}},
		{"situation", query{Situation: "s4"}, []int{4}},
		{"no such situation", query{Situation: "s5"}, nil},
		{"entity", query{Entity: "urn:ngsi-ld:OffStreetParking:1"}, []int{2}},
		{"a word", query{Words: seek("积水")}, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"part of a number", query{Words: seek(day + "-0004")}, []int{4}},
		{"the beginning of a word", query{Words: seek("gat")}, []int{7}},
		{"the end of a word", query{Words: seek("ate")}, nil},
		{"several words", query{Words: seek("民路3号 WATER 12")}, []int{7}},
		{"one character", query{Words: seek("困")}, []int{7}},
		{"one character before others", query{Words: seek("路")}, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"words of different cases", query{Words: seek("gate 0004")}, nil},
		{"a word or what it is about", query{Words: []casework.Sought{{Prefix: "gate", About: []city.EntityID{"urn:ngsi-ld:OffStreetParking:1", "urn:x:none"}}}}, []int{2, 7}},
		{"words in one state", query{Words: seek("积水"), States: []casework.State{casework.Filed}}, []int{2, 7}},
		{"words in a worklist", query{Words: seek("water"), Agency: "parking", Tasks: []casework.TaskState{casework.TaskDone}}, []int{5}},
		{"words and an entity", query{Words: seek("积水"), Entity: "urn:ngsi-ld:OffStreetParking:1"}, []int{2}},
		{"marks that mean something to a database", query{Words: []casework.Sought{{Prefix: "%"}}}, nil},
		{"overdue", query{OverdueAt: start + 501}, []int{3, 4, 7, 8}},
		{"overdue by a task", query{OverdueAt: start + 400}, []int{3, 4}},
		{"due at that moment is not overdue", query{OverdueAt: start + 300}, nil},
		{"overdue of an agency by its task", query{Agency: "roads", OverdueAt: start + 400}, []int{3, 4}},
		{"overdue of an agency by another's task", query{Agency: "parking", OverdueAt: start + 400}, nil},
		{"overdue of an agency by the case", query{Agency: "parking", OverdueAt: start + 600}, []int{3}},
		{"opened from", query{OpenedFrom: start + 700}, []int{7, 8, 9}},
		{"opened to", query{OpenedTo: start + 300}, []int{1, 2}},
		{"opened between", query{OpenedFrom: start + 300, OpenedTo: start + 500}, []int{3, 4}},
		{"everything at once", query{States: []casework.State{casework.Dispatched}, NotState: casework.Closed, Kinds: []string{"general"}, Severity: city.Major, Agency: "roads",
			Tasks: []casework.TaskState{casework.TaskWaiting}, OverdueAt: start + 400, OpenedFrom: start, OpenedTo: start + 1000, ByDeadline: true}, []int{3}},
	} {
		for _, c.q.ByDeadline = range []bool{false, true} {
			checkQuery(t, r, c.name, c.q, c.want)
		}
	}
}

func checkQuery(t *testing.T, r casework.Records, name string, q casework.Query, want []int) {
	t.Helper()
	wantIDs := make([]casework.CaseID, len(want))
	for i, n := range want {
		wantIDs[i] = id(n)
	}
	list := cases(t, r, q)
	same(t, name, wantIDs, sorted(ids(list)))
	for i := range list {
		same(t, name+": the whole case", load(t, r, list[i].ID), list[i])
	}
	q.Limit = 1
	q.After = &casework.Cursor{Key: start, ID: id(5)}
	if n, err := r.Count(context.Background(), q); n != len(want) || err != nil {
		t.Errorf("%s: count is %d (%v), want %d whatever the page", name, n, err, len(want))
	}
}

// checkPages turns pages of every size through both orders.
func checkPages(t *testing.T, r casework.Records) {
	save(t, r, varied()...)
	for _, c := range []struct {
		q    casework.Query
		want []int
	}{
		{casework.Query{}, []int{9, 7, 8, 6, 5, 4, 3, 2, 1}},
		{casework.Query{ByDeadline: true}, []int{6, 3, 7, 8, 5, 1, 2, 4, 9}},
		{casework.Query{NotState: casework.Closed, ByDeadline: true}, []int{3, 7, 8, 5, 1, 2, 4, 9}},
		{casework.Query{Agency: "roads", ByDeadline: true}, []int{6, 3, 4}},
		{casework.Query{Agency: "roads", Tasks: []casework.TaskState{casework.TaskHandling, casework.TaskWaiting, casework.TaskDone}}, []int{6, 4, 3}},
		{casework.Query{OverdueAt: start + 501, ByDeadline: true}, []int{3, 7, 8, 4}},
		{casework.Query{Words: seek("积水")}, []int{9, 7, 8, 6, 5, 4, 3, 2, 1}},
		{casework.Query{Words: seek("积水"), ByDeadline: true}, []int{6, 3, 7, 8, 5, 1, 2, 4, 9}},
	} {
		var want []casework.CaseID
		for _, n := range c.want {
			want = append(want, id(n))
		}
		for size := 1; size <= len(want)+1; size++ {
			same(t, fmt.Sprintf("%+v in pages of %d", c.q, size), want, turn(t, r, c.q, size, len(want)))
		}
	}
}

// turn reads pages of a size until one is not full.
func turn(t *testing.T, r casework.Records, q casework.Query, size, most int) (all []casework.CaseID) {
	t.Helper()
	for q.Limit = size; len(all) <= most; {
		page := cases(t, r, q)
		all = append(all, ids(page)...)
		if len(page) < size {
			return all
		}
		last := q.CursorOf(&page[len(page)-1])
		q.After = &last
	}
	return all
}

func checkLimits(t *testing.T, r casework.Records) {
	const many = 1003
	for chunk := range slices.Chunk(openings(many), 200) {
		save(t, r, chunk...)
	}
	for limit, want := range map[int]int{0: 100, 1: 1, 150: 150, 1000: 1000, 5000: 1000} {
		if n := len(cases(t, r, casework.Query{Limit: limit})); n != want {
			t.Errorf("a page with limit %d has %d cases, want %d", limit, n, want)
		}
	}
	if n, err := r.Count(context.Background(), casework.Query{}); n != many || err != nil {
		t.Errorf("%d cases are counted (%v), want %d", n, err, many)
	}
}

func openings(n int) []casework.Change {
	list := make([]casework.Change, n)
	for i := range list {
		list[i] = opening(i + 1)
	}
	return list
}
