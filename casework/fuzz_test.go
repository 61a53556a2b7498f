package casework_test

import (
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"citybrain/casework"
	"citybrain/casework/casetest"
	"citybrain/city"
)

func newMemory() casework.Records { return &casetest.Memory{} }

// FuzzTransition gives any command to any case: it is made or refused, never
// more, and every case it leads to keeps what is true of every case.
func FuzzTransition(f *testing.F) {
	for _, v := range verbs {
		f.Add(uint64(7), uint8(20), uint8(1), string(v), string(roads), "说明", string(parking), int64(0))
	}
	f.Add(uint64(1), uint8(0), uint8(9), "file", "", "a\x00\xff<script>", "", int64(-1))
	f.Fuzz(func(t *testing.T, seed uint64, steps, actor uint8, verb, agency, text, assist string, version int64) {
		r := rand.New(rand.NewPCG(seed, 3))
		c, _ := newPair(t, seed%2 == 0)
		for range steps % 40 {
			if next, _, err := casework.Transition(c, likelyCommand(r, &c), c.ChangedAt+1); err == nil {
				c = next
			}
		}
		cmd := whole(actors[int(actor)%len(actors)], casework.Verb(verb), city.AgencyID(agency))
		cmd.Text, cmd.Order, cmd.Version, cmd.Into = text, assist, c.Version+version, casework.CaseID(assist)
		cmd.File.Name, cmd.File.Hash = text, assist
		if assist != "" {
			cmd.Assists = []city.AgencyID{city.AgencyID(assist)}
		}
		next, move, err := casework.Transition(c, cmd, noon)
		if err != nil {
			if kind := city.KindOf(err); kind != city.Denied && kind != city.Conflict && kind != city.Invalid {
				t.Fatalf("refused as %s: %v", kind, err)
			}
			return
		}
		checkInvariants(t, &next)
		checkMove(t, &c, &next, &cmd, &move)
		if !utf8.ValidString(move.Text) || utf8.RuneCountInString(move.Text) > casework.MaxText {
			t.Fatalf("the text %q was taken", move.Text)
		}
	})
}

// FuzzParseProcedure holds that any file is read or has a fault, and that what
// is read without fault can open a case.
func FuzzParseProcedure(f *testing.F) {
	f.Add(goodProcedure)
	f.Add("procedure: p\ntitle: {zh: a, en: b}\non: a\nkind: k\nlead: {owner: true, order: {zh: a, en: b}}\n")
	f.Add("procedure: [&a [*a]]\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, faults := casework.ParseProcedure("p.yaml", []byte(text))
		if p == nil {
			t.Fatal("no procedure")
		}
		if len(faults) > 0 {
			return
		}
		p.Pack = "pack"
		ps, _ := casework.NewProcedures([]*casework.Procedure{p}, casework.Resolver{RoleAgency: func(role string) (city.AgencyID, bool) { return city.AgencyID(role), true }})
		desk := casework.Desk{Records: newMemory(), Procedures: ps, Clock: func() city.Instant { return noon }}
		s := pressure()
		s.Rule = p.Rule()
		if err := desk.Take(t.Context(), cleared(s, "below")); err != nil {
			t.Fatalf("a procedure without faults cannot open a case: %v", err)
		}
	})
}
