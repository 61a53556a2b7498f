package ledger_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"citybrain/city"
	"citybrain/ledger"
	"citybrain/ledger/ledgertest"
)

func TestAnUntouchedLogIsSound(t *testing.T) {
	for _, size := range []int{0, 1, 2, 255, 256, 257, 511, 512, 1000, 65536 + 256 + 7} {
		e := build(t, size)
		r := e.verify(t, e.saved(t))
		if !strings.Contains(r.String(), "sound:") || r.Leaves != int64(size) || r.Records != int64(size) || r.Waiting != 0 || r.Saved != int64(size) {
			t.Errorf("%d leaves: %+v", size, r)
		}
	}
}

func TestWaitingRecordsAreNoDamage(t *testing.T) {
	e := build(t, 300)
	if err := e.records.Put(t.Context(), ledgertest.Examples(300, 310)...); err != nil {
		t.Fatal(err)
	}
	// Killed between the log and the records: the leaf is there, its place is
	// not written down.
	for n := 290; n < 300; n++ {
		e.records.Change(ledgertest.Example(n).ID, func(r *ledger.Sealed) { r.Leaf = -1 })
	}
	r := e.verify(t, nil)
	if !r.Sound() || r.Records != 290 || r.Unplaced != 10 || r.Waiting != 20 {
		t.Fatalf("%+v", r)
	}
}

// leaf300 is where leaf 300 begins in its bundle, and how long it is.
func leaf300() (at, length int) {
	for n := 256; n < 300; n++ {
		r := ledgertest.Example(n)
		at += 2 + len(ledger.LeafOf(&r))
	}
	r := ledgertest.Example(300)
	return at, len(ledger.LeafOf(&r))
}

const (
	tampered = 70_000 // leaves: three levels of tiles
	bundle1  = "tile/entries/001"
)

// TestEveryTamperingIsNamed changes one thing at a time and expects exactly the
// damage that names it.
func TestEveryTamperingIsNamed(t *testing.T) {
	e := build(t, tampered)
	saved := e.saved(t)
	at, length := leaf300()
	id := func(n int) string { return string(ledgertest.Example(n).ID) }
	edgeLeaf := tampered/256*256 + 3
	edge := fmt.Sprintf("%03d.p/%d", tampered/256, tampered%256)
	file := func(name string, at int) func(*evidence) {
		return func(e *evidence) { e.flip(t, name, at) }
	}
	record := func(n int, change func(*ledger.Sealed)) func(*evidence) {
		return func(e *evidence) { e.records.Change(ledgertest.Example(n).ID, change) }
	}
	cases := []struct {
		name string
		do   func(e *evidence)
		want []string
	}{
		{"a length of a leaf", file(bundle1, at+1), []string{"entries " + bundle1}},
		{"the first byte of a leaf", file(bundle1, at+2), []string{"leaf 300"}},
		{"the id in a leaf", file(bundle1, at+2+25), []string{"leaf 300"}},
		{"the digest in a leaf", file(bundle1, at+length-20), []string{"leaf 300"}},
		{"the last byte of a leaf", file(bundle1, at+1+length), []string{"leaf 300"}},
		{"a leaf at the edge", file("tile/entries/"+edge, 40), []string{fmt.Sprint("leaf ", tampered/256*256)}},
		{"a hash in a leaf tile", file("tile/0/001", 44*32+5), []string{"tile tile/0/001"}},
		{"a hash in the leaf tile at the edge", file("tile/0/"+edge, 3), []string{"tile tile/0/" + edge}},
		{"a hash in a level 1 tile", file("tile/1/000", 32*7), []string{"tile tile/1/000"}},
		{"a hash in the level 1 tile at the edge", file("tile/1/001.p/17", 32*16+31), []string{"tile tile/1/001.p/17"}},
		{"a hash in the level 2 tile", file("tile/2/000.p/1", 0), []string{"tile tile/2/000.p/1"}},
		{"the checkpoint's origin", file("checkpoint", 2), []string{"checkpoint log/checkpoint"}},
		{"the checkpoint's root", file("checkpoint", len(origin)+1+6+10), []string{"checkpoint log/checkpoint"}},
		{"the checkpoint's signature", file("checkpoint", len(saved)-9), []string{"checkpoint log/checkpoint"}},
		{"a record's body", record(300, func(r *ledger.Sealed) { r.Body[9] ^= 1 }), []string{"record " + id(300)}},
		{"a record's salt", record(300, func(r *ledger.Sealed) { r.Salt[0] ^= 1 }), []string{"record " + id(300)}},
		{"a record's time", record(300, func(r *ledger.Sealed) { r.At++ }), []string{"record " + id(300)}},
		{"a record's kind", record(300, func(r *ledger.Sealed) { r.Kind = ledger.PackChange }), []string{"record " + id(300)}},
		{"a record's subject", record(300, func(r *ledger.Sealed) { r.Subject += "0" }), []string{"record " + id(300)}},
		{"a record's number", record(300, func(r *ledger.Sealed) { r.Seq++ }), []string{"record " + id(300)}},
		{"a record's leaf", record(300, func(r *ledger.Sealed) { r.Leaf = 9 }), []string{"record " + id(300)}},
		{"a record's leaf behind the last", record(300, func(r *ledger.Sealed) { r.Leaf = tampered + 5 }), []string{"record " + id(300), "no-leaf " + id(300)}},
		{"two records' leaves", func(e *evidence) {
			record(300, func(r *ledger.Sealed) { r.Leaf = 301 })(e)
			record(301, func(r *ledger.Sealed) { r.Leaf = 300 })(e)
		}, []string{"record " + id(300), "record " + id(301)}},
		{"a record that is gone", func(e *evidence) { e.records.Remove(ledgertest.Example(edgeLeaf).ID) }, []string{fmt.Sprint("no-record ", edgeLeaf)}}, // the last: it does not come back
	}
	untouched := e.copyFolder(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			defer e.restore(t, untouched)
			c.do(e)
			r := e.verify(t, saved)
			wantNamed(t, r, c.want...)
		})
	}
}

// wantNamed expects that each is named and that nothing else is, except leaves
// behind one that cannot be read.
func wantNamed(t *testing.T, r *ledger.Report, want ...string) {
	t.Helper()
	var named []string
	for _, d := range r.Damages {
		named = append(named, string(d.What)+" "+d.ID)
	}
	for _, w := range want {
		if !slices.Contains(named, w) {
			t.Errorf("not named: %s; found %s", w, strings.Join(lines(r), "\n"))
		}
	}
	for _, n := range named {
		if !slices.Contains(want, n) && !strings.HasPrefix(want[0], "entries") {
			t.Errorf("named though sound: %s\n%s", n, strings.Join(lines(r), "\n"))
		}
	}
}

func lines(r *ledger.Report) []string {
	var l []string
	for i, d := range r.Damages {
		if i < 10 {
			l = append(l, d.String())
		}
	}
	return l
}

// restore undoes one tampering.
func (e *evidence) restore(t *testing.T, untouched ledger.Folder) {
	t.Helper()
	for _, name := range []string{"checkpoint", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1", bundle1, "tile/0/001"} {
		e.copyFile(t, untouched, name)
	}
	edge := fmt.Sprintf("%03d.p/%d", tampered/256, tampered%256)
	e.copyFile(t, untouched, "tile/entries/"+edge)
	e.copyFile(t, untouched, "tile/0/"+edge)
	for n := 300; n < 302; n++ {
		e.records.Change(ledgertest.Example(n).ID, func(r *ledger.Sealed) {
			*r = ledgertest.Example(n)
			r.Leaf = int64(n)
		})
	}
}

func (e *evidence) copyFile(t *testing.T, from ledger.Folder, name string) {
	t.Helper()
	data, err := os.ReadFile(from.Path(name))
	if err != nil {
		t.Fatal(err)
	}
	e.write(t, filepath.Join(ledger.LogDir, name), data)
}

// TestEveryByteOfASmallLogCounts flips every byte of every file that the
// checkpoint covers, one at a time.
func TestEveryByteOfASmallLogCounts(t *testing.T) {
	e := build(t, 259)
	for _, name := range []string{"tile/entries/001.p/3", "tile/0/001.p/3", "tile/1/000.p/1", "checkpoint"} {
		length := 0
		e.change(t, name, func(data []byte) []byte { length = len(data); return data })
		for at := range length {
			e.flip(t, name, at)
			if r := e.verify(t, nil); r.Sound() {
				t.Errorf("byte %d of %s may be changed", at, name)
			}
			e.flip(t, name, at)
		}
	}
	for _, name := range []string{"tile/entries/000", "tile/0/000"} {
		for at := 0; at < 8192; at += 97 {
			e.flip(t, name, at)
			if r := e.verify(t, nil); r.Sound() {
				t.Errorf("byte %d of %s may be changed", at, name)
			}
			e.flip(t, name, at)
		}
	}
	if r := e.verify(t, nil); !r.Sound() {
		t.Fatalf("as it was: %v", r.Damages)
	}
}

func TestTooMuchOrTooLittleIsNamed(t *testing.T) {
	e := build(t, 259)
	for _, name := range []string{"tile/entries/000", "tile/entries/001.p/3", "tile/0/000", "tile/0/001.p/3", "tile/1/000.p/1"} {
		for what, change := range map[string]func([]byte) []byte{
			"one byte less": func(b []byte) []byte { return b[:len(b)-1] },
			"one byte more": func(b []byte) []byte { return append(b, 0) },
			"empty":         func([]byte) []byte { return nil },
			"a hash more":   func(b []byte) []byte { return append(b, make([]byte, 32)...) },
		} {
			var before []byte
			e.change(t, name, func(b []byte) []byte { before = slices.Clone(b); return change(b) })
			r := e.verify(t, nil)
			if !slices.ContainsFunc(r.Damages, func(d ledger.Damage) bool { return d.ID == name }) {
				t.Errorf("%s, %s: %v", name, what, lines(r))
			}
			e.change(t, name, func([]byte) []byte { return before })
		}
	}
}

// TestLeafAndTileChangedAlike is somebody who knows how the log is built: the
// tile follows the changed leaf. The root does not.
func TestLeafAndTileChangedAlike(t *testing.T) {
	e := build(t, 1000)
	sound := e.copyFolder(t)
	leaves := make([][]byte, 0, 1000)
	for _, r := range ledgertest.Examples(0, 1000) {
		if r.ID == ledgertest.Example(300).ID {
			r.Body = []byte(`{"verb":"close"}`)
		}
		leaves = append(leaves, ledger.LeafOf(&r))
	}
	checkpoint := e.saved(t)
	e.writeTree(t, leaves)
	forged := e.saved(t)
	e.write(t, "log/checkpoint", checkpoint)
	wantNamedAmong(t, e.verify(t, nil), "leaf 300")

	// With the key the operator can sign the forged tree too. Then the record
	// and a checkpoint that was kept elsewhere know better.
	e.write(t, "log/checkpoint", forged)
	wantNamed(t, e.verify(t, checkpoint), "record "+string(ledgertest.Example(300).ID), "fork 1000")
	// And who forges the record as well is found by the saved checkpoint alone.
	e.records.Change(ledgertest.Example(300).ID, func(r *ledger.Sealed) { r.Body = []byte(`{"verb":"close"}`) })
	if r := e.verify(t, nil); !r.Sound() {
		t.Fatalf("what cannot be known without a saved checkpoint: %v", lines(r))
	}
	wantNamed(t, e.verify(t, checkpoint), "fork 1000")
	e.folder = sound
	wantNamed(t, e.verify(t, forged), "record "+string(ledgertest.Example(300).ID), "fork 1000")
}

func wantNamedAmong(t *testing.T, r *ledger.Report, want string) {
	t.Helper()
	if !slices.ContainsFunc(r.Damages, func(d ledger.Damage) bool { return string(d.What)+" "+d.ID == want }) {
		t.Errorf("not named: %s; found %v", want, lines(r))
	}
}

func TestRollBackAndTruncationAreFound(t *testing.T) {
	e := build(t, 500)
	old := e.copyFolder(t)
	e.grow(t, 500, 777)
	saved := e.saved(t)
	e.folder = old
	r := e.verify(t, saved)
	wantNamedAmong(t, r, "roll-back 777")
	// Even without it the records know of more leaves.
	r = e.verify(t, nil)
	wantNamedAmong(t, r, "no-leaf "+string(ledgertest.Example(500).ID))
	if len(r.Damages) != 277 {
		t.Errorf("%d damages, want one for each of 277 records", len(r.Damages))
	}
}

// TestForksAreFound has the log grow from a changed past, signed by its key.
func TestForksAreFound(t *testing.T) {
	for _, kept := range []int{1, 255, 256, 300, 512, 700} {
		e := build(t, kept)
		saved := e.saved(t)
		e.grow(t, kept, 777)
		if r := e.verify(t, saved); !r.Sound() {
			t.Fatalf("grown from %d: %v", kept, lines(r))
		}
		var leaves [][]byte
		for i, r := range ledgertest.Examples(0, 777) {
			if i == kept-1 {
				r.Body = []byte(`{}`)
			}
			leaves = append(leaves, ledger.LeafOf(&r))
		}
		e.writeTree(t, leaves)
		wantNamedAmong(t, e.verify(t, saved), "fork "+strconv.Itoa(kept))
	}
}

func TestWhatCannotBeVerifiedSaysWhy(t *testing.T) {
	e := build(t, 10)
	verify := func(o ledger.VerifyOptions) error {
		_, err := ledger.Verify(t.Context(), o)
		return err
	}
	if err := verify(ledger.VerifyOptions{Folder: ledger.Folder(t.TempDir())}); city.KindOf(err) != city.NotFound {
		t.Errorf("an empty folder: %v", err)
	}
	if err := verify(ledger.VerifyOptions{Folder: e.folder, Key: "nonsense"}); city.KindOf(err) != city.Invalid {
		t.Errorf("a key that is none: %v", err)
	}
	if err := verify(ledger.VerifyOptions{Folder: e.folder, Saved: []byte("nonsense")}); city.KindOf(err) != city.Invalid {
		t.Errorf("a checkpoint that is none: %v", err)
	}
	if err := verify(ledger.VerifyOptions{Folder: e.folder}); err != nil {
		t.Errorf("with the key in the folder: %v", err)
	}
}

// TestOnlyTheCheckpointSaysWhatIsCovered has files in the folder that another
// size of the tree would have: they are no damage.
func TestOnlyTheCheckpointSaysWhatIsCovered(t *testing.T) {
	e := build(t, 200)
	e.grow(t, 200, 300) // leaves 000.p/200 behind
	e.flip(t, "tile/0/000.p/200", 3)
	e.write(t, "log/tile/entries/001.p/99", []byte("left by a program that was killed"))
	if r := e.verify(t, nil); !r.Sound() {
		t.Fatalf("%v", lines(r))
	}
}

func BenchmarkVerify100000(b *testing.B) {
	e := build(b, 100_000)
	records := sorted(100_000)
	for b.Loop() {
		r, err := ledger.Verify(b.Context(), ledger.VerifyOptions{Folder: e.folder, Records: records, Key: e.key})
		if err != nil || !r.Sound() || r.Records != 100_000 {
			b.Fatalf("%v %+v", err, r)
		}
	}
}

// TestAPartialFileMayHaveBecomeAWholeOne verifies under a checkpoint whose
// partial files were taken away since, as C2SP tlog-tiles allows.
func TestAPartialFileMayHaveBecomeAWholeOne(t *testing.T) {
	e := build(t, 200)
	old := e.saved(t)
	e.grow(t, 200, 600)
	e.write(t, "log/checkpoint", old)
	for _, name := range []string{"tile/entries/000.p", "tile/0/000.p"} {
		if err := os.RemoveAll(e.folder.Path(name)); err != nil {
			t.Fatal(err)
		}
	}
	o := ledger.VerifyOptions{Folder: e.folder, Key: e.key, Saved: old}
	r, err := ledger.Verify(t.Context(), o)
	if err != nil || !r.Sound() || r.Leaves != 200 {
		t.Fatalf("%v %+v", err, r)
	}
	e.flip(t, "tile/0/000", 40)
	if r, err = ledger.Verify(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	wantNamed(t, r, "tile tile/0/000")
}
