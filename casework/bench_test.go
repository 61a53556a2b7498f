package casework_test

import (
	"testing"

	"citybrain/casework"
)

// BenchmarkTransition makes one move of a case with two tasks.
func BenchmarkTransition(b *testing.B) {
	s := at(b, casework.Handling)
	cmd := whole(officer, casework.Note, "")
	cmd.Version = s.c.Version
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := casework.Transition(s.c, cmd, noon); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkChoices lists what one person can do.
func BenchmarkChoices(b *testing.B) {
	s := at(b, casework.Handling)
	b.ReportAllocs()
	for b.Loop() {
		casework.Choices(&s.c, dispatcher(roads), noon)
	}
}
