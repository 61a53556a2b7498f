package ledger_test

import (
	"bytes"
	"strings"
	"testing"

	"citybrain/city"
	"citybrain/ledger"
	"citybrain/ledger/ledgertest"
)

func FuzzParseLeaf(f *testing.F) {
	r := ledgertest.Example(1)
	f.Add(ledger.LeafOf(&r))
	f.Add([]byte("citybrain-record/v1\n\n\n\n1\n\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		leaf, err := ledger.ParseLeaf(data)
		if err == nil && !bytes.Equal(leaf.Text(), data) {
			t.Errorf("%q is read as %q", data, leaf.Text())
		}
	})
}

// FuzzParseCheckpoint looks for a text that the key did not sign and that
// passes.
func FuzzParseCheckpoint(f *testing.F) {
	_, key := keys()
	sound := signed(f, 5, bytes.Repeat([]byte{5}, 32))
	f.Add(sound)
	f.Add([]byte(strings.Replace(string(sound), "\n5\n", "\n05\n", 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ledger.ParseCheckpoint(data, key)
		if err == nil && (!bytes.HasPrefix(data, sound[:bytes.Index(sound, []byte("\n\n"))]) || c.Size != 5) {
			t.Errorf("%q passes as %+v", data, c)
		}
	})
}

func FuzzReadProof(f *testing.F) {
	e := build(f, 300)
	f.Add(e.prove(f, 0))
	f.Add(e.prove(f, 299))
	f.Add([]byte("c2sp.org/tlog-proof@v1\nindex 0\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ledger.ReadProof(data)
		if err != nil {
			if city.KindOf(err) != city.Invalid {
				t.Errorf("%v", err)
			}
			return
		}
		if !bytes.Equal(ledger.WriteProof(p), data) {
			t.Errorf("%q is read as %q", data, ledger.WriteProof(p))
		}
	})
}
