package api_test

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/identity"
	"citybrain/store/sqlstore"
)

// A page of 100 cases with their tasks, from the request to the last byte, over
// records in memory: what the interface adds to the records' own time.
func BenchmarkCaseList(b *testing.B) {
	x := newTown(b)
	for n := range 100 {
		x.clock.Advance(noon.Add(time.Duration(n) * time.Second))
		id := x.open(fmt.Sprint("A tree lies across the road, number ", n))
		x.as("duty-officer").move(id, "file", "")
		x.as("duty-officer").move(id, "dispatch", `,"agency":"roads","assists":["parks"],"order":"clear it"`)
	}
	reader := x.as("auditor")
	for b.Loop() {
		if w := reader.ask("GET /api/v1/cases?limit=100", "", nil); w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
}

// Finding out who makes a request, over records on disk.
func BenchmarkVisit(b *testing.B) {
	store, err := sqlstore.Open(b.Context(), filepath.Join(b.TempDir(), "records.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	office := identity.New(store, posts)
	_, err = office.Create(b.Context(), city.Actor{}, identity.Draft{ID: "duty-officer", Name: city.Names{EN: "x"}, Posts: []city.PostID{"duty-officer"}}, monday, rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	o, err := office.Admit(b.Context(), "duty-officer", "test", monday, rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := office.Visit(b.Context(), o.Token, monday); err != nil {
			b.Fatal(err)
		}
	}
}
