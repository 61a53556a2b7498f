package ledger_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
	"citybrain/ledger"
	"citybrain/ledger/ledgertest"
)

// TestTheFormOfALeafIsFixed: a leaf that was signed once is never written
// otherwise.
func TestTheFormOfALeafIsFixed(t *testing.T) {
	r := ledger.Sealed{Salt: []byte("0123456789abcdef"), Record: ledger.Record{
		ID: "account.duty-officer.3", Kind: ledger.AccountChange, Subject: "duty-officer", Seq: 3,
		At: 1_700_000_000_123_450, Body: []byte(`{"a":1}`),
	}}
	want := "citybrain-record/v1\naccount.duty-officer.3\naccount-change\nduty-officer\n3\n2023-11-14T22:13:20.12345Z\n" +
		"VlqSSZXRSrDGx7BqQv7m6ZTd2Mmz9jgWX+v+cJwIXNU=\n" // openssl dgst -sha256 over salt and body
	if got := string(ledger.LeafOf(&r)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestALeafIsReadAsItWasWritten(t *testing.T) {
	for n := range 50 {
		r := ledgertest.Example(n)
		r.Subject += "区域 a=b"
		leaf, err := ledger.ParseLeaf(ledger.LeafOf(&r))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(ledger.LeafOf(&r)), string(leaf.Text())); d != "" || leaf.Differs(&r) != "" {
			t.Fatalf("%s %s", d, leaf.Differs(&r))
		}
	}
}

func TestWhatIsNoLeafIsRefused(t *testing.T) {
	r := ledgertest.Example(1)
	sound := string(ledger.LeafOf(&r))
	lines := strings.Split(sound, "\n")
	digest := lines[6]
	for what, text := range map[string]string{
		"nothing":              "",
		"another version":      strings.Replace(sound, "/v1", "/v2", 1),
		"a line less":          strings.Replace(sound, lines[1]+"\n", "", 1),
		"a line more":          sound + "more\n",
		"no end":               strings.TrimSuffix(sound, "\n"),
		"a carriage return":    strings.Replace(sound, digest, digest+"\r", 1),
		"a number with a zero": strings.Replace(sound, "\n1\n", "\n01\n", 1),
		"a number below 1":     strings.Replace(sound, "\n1\n", "\n0\n", 1),
		"a time with a zone":   strings.Replace(sound, lines[5], "2023-11-14T23:13:21.000003+01:00", 1),
		"a time that is none":  strings.Replace(sound, lines[5], "yesterday", 1),
		"a digest too short":   strings.Replace(sound, digest, digest[:8], 1),
		"an id with a space":   strings.Replace(sound, "case.", "case .", 1),
		"no subject":           strings.Replace(sound, "\n"+r.Subject+"\n", "\n\n", 1),
	} {
		if leaf, err := ledger.ParseLeaf([]byte(text)); city.KindOf(err) != city.Invalid {
			t.Errorf("%s: %v %+v", what, err, leaf)
		}
	}
}

func TestARecordThatCannotHaveALeafIsRefused(t *testing.T) {
	for field, change := range map[string]func(*ledger.Sealed){
		"id":      func(r *ledger.Sealed) { r.ID = "case\n1" },
		"kind":    func(r *ledger.Sealed) { r.Kind = "" },
		"subject": func(r *ledger.Sealed) { r.Subject = strings.Repeat("x", 201) },
		"seq":     func(r *ledger.Sealed) { r.Seq = 0 },
		"at":      func(r *ledger.Sealed) { r.At = 0 },
		"salt":    func(r *ledger.Sealed) { r.Salt = r.Salt[:15] },
	} {
		r := ledgertest.Example(1)
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
		change(&r)
		if err := r.Check(); city.KindOf(err) != city.Invalid || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}
