package ledger_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	standard "github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/note"

	"citybrain/city"
	"citybrain/ledger"
	"citybrain/ledger/ledgertest"
)

// prove is the text of the proof of the n-th record.
func (e *evidence) prove(t testing.TB, n int) []byte {
	t.Helper()
	c, err := e.folder.Checkpoint(e.key)
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.records.Record(t.Context(), ledgertest.Example(n).ID)
	if err != nil {
		t.Fatal(err)
	}
	p, err := e.folder.Proof(&c, &r)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.WriteProof(p)
}

// TestProofsOfRandomLeavesVerify takes trees of random sizes; every proof is
// also read by another implementation of the form.
func TestProofsOfRandomLeavesVerify(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 14))
	sizes := []int{1, 2, 3, 255, 256, 257, 512, 513}
	for range 12 {
		sizes = append(sizes, 1+random.IntN(3000))
	}
	for _, size := range append(sizes, 65_536+300) {
		e := build(t, size)
		for _, n := range []int{0, size - 1, random.IntN(size), random.IntN(size)} {
			text := e.prove(t, n)
			proven, err := ledger.VerifyProof(text, e.key)
			if err != nil {
				t.Fatalf("leaf %d of %d: %v", n, size, err)
			}
			if want := ledgertest.Example(n); proven.Record.ID != want.ID || proven.Record.Leaf != int64(n) || !bytes.Equal(proven.Record.Body, want.Body) || proven.Checkpoint.Size != int64(size) {
				t.Fatalf("leaf %d of %d proves %+v", n, size, proven)
			}
			var other standard.TLogProof
			if err := other.Unmarshal(text); err != nil || other.Index != uint64(n) || !bytes.Equal(other.Marshal(), text) {
				t.Fatalf("another reader of the form: %v\n%s", err, text)
			}
		}
	}
}

// TestEveryBitOfAProofCounts flips each bit of a proof in turn.
func TestEveryBitOfAProofCounts(t *testing.T) {
	e := build(t, 700)
	text := e.prove(t, 300)
	if _, err := ledger.VerifyProof(text, e.key); err != nil {
		t.Fatal(err)
	}
	for at := range text {
		for bit := range 8 {
			changed := bytes.Clone(text)
			changed[at] ^= 1 << bit
			if _, err := ledger.VerifyProof(changed, e.key); city.KindOf(err) != city.Invalid {
				t.Errorf("bit %d of byte %d (%q) may be changed: %v", bit, at, text[max(0, at-10):min(len(text), at+10)], err)
			}
		}
	}
	for cut := range text {
		if _, err := ledger.VerifyProof(text[:cut], e.key); err == nil {
			t.Errorf("may be cut to %d bytes", cut)
		}
	}
	for at := 0; at <= len(text); at++ {
		for _, more := range []string{"\r", "\n", " ", "=", "0", "A"} {
			longer := bytes.Join([][]byte{text[:at], []byte(more), text[at:]}, nil)
			if _, err := ledger.VerifyProof(longer, e.key); err == nil && !bytes.Equal(longer, text) {
				t.Errorf("%q may be put in at %d", more, at)
			}
		}
	}
}

func TestAProofIsOfOneLogAndOneRecord(t *testing.T) {
	e := build(t, 300)
	_, other, err := note.GenerateKey(nil, origin)
	if err != nil {
		t.Fatal(err)
	}
	text := e.prove(t, 7)
	if _, err := ledger.VerifyProof(text, ledger.Key(other)); city.KindOf(err) != city.Invalid {
		t.Errorf("with another key of the same name: %v", err)
	}
	if _, err := ledger.VerifyProof(text, "nonsense"); city.KindOf(err) != city.Invalid {
		t.Errorf("with no key: %v", err)
	}
	p, err := ledger.ReadProof(text)
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*ledger.Proof){
		"another body":       func(p *ledger.Proof) { p.Record.Body = []byte("{}") },
		"another salt":       func(p *ledger.Proof) { p.Record.Salt = bytes.Repeat([]byte{1}, 16) },
		"another time":       func(p *ledger.Proof) { p.Record.At++ },
		"another leaf":       func(p *ledger.Proof) { p.Record.Leaf++ },
		"another record":     func(p *ledger.Proof) { p.Record = ledgertest.Example(8); p.Record.Leaf = 7 },
		"one hash less":      func(p *ledger.Proof) { p.Hashes = p.Hashes[1:] },
		"one hash more":      func(p *ledger.Proof) { p.Hashes = append(p.Hashes, p.Hashes[0]) },
		"another checkpoint": func(p *ledger.Proof) { p.Checkpoint = signed(t, 300, bytes.Repeat([]byte{7}, 32)) },
	} {
		changed := *p
		changed.Hashes = append(changed.Hashes[:0:0], p.Hashes...)
		change(&changed)
		if _, err := ledger.VerifyProof(ledger.WriteProof(&changed), e.key); city.KindOf(err) != city.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestNoProofOfWhatIsDamaged: a proof is not given, rather than one that fails.
func TestNoProofOfWhatIsDamaged(t *testing.T) {
	e := build(t, 700)
	c, err := e.folder.Checkpoint(e.key)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := e.records.Record(t.Context(), ledgertest.Example(300).ID)
	for _, name := range []string{bundle1, "tile/0/001", "tile/0/002.p/188"} {
		at := 40
		if name == bundle1 {
			at, _ = leaf300()
			at += 30
		}
		e.flip(t, name, at)
		if _, err := e.folder.Proof(&c, &r); city.KindOf(err) != city.Invalid {
			t.Errorf("%s changed: %v", name, err)
		}
		e.flip(t, name, at)
	}
	changed := r
	changed.Body = []byte("{}")
	if _, err := e.folder.Proof(&c, &changed); city.KindOf(err) != city.Invalid {
		t.Errorf("record changed: %v", err)
	}
	waiting := ledgertest.Example(700)
	if _, err := e.folder.Proof(&c, &waiting); city.KindOf(err) != city.NotFound {
		t.Errorf("record waits: %v", err)
	}
	if _, err := e.folder.Proof(&c, &r); err != nil {
		t.Errorf("as it was: %v", err)
	}
}

// TestALongRecordHasAProof: bodies may be longer than a line of most readers.
func TestALongRecordHasAProof(t *testing.T) {
	r := ledgertest.Example(0)
	r.Body = bytes.Repeat([]byte("证据\n\nsalt x\n"), 40_000)
	e := &evidence{folder: ledger.Folder(t.TempDir()), records: new(ledgertest.Memory)}
	_, e.key = keys()
	if err := e.records.Put(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if err := e.records.Place(t.Context(), []ledger.Placed{{ID: r.ID, Leaf: 0}}); err != nil {
		t.Fatal(err)
	}
	e.writeTree(t, [][]byte{ledger.LeafOf(&r)})
	proven, err := ledger.VerifyProof(e.prove(t, 0), e.key)
	if err != nil || !bytes.Equal(proven.Record.Body, r.Body) {
		t.Fatal(err)
	}
}
