package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"math"
	"strconv"

	"github.com/transparency-dev/merkle/proof"

	"citybrain/city"
)

// Proof shows that a record has its leaf in a log, with nothing else at hand
// than the public key of the log. Its text is a C2SP tlog-proof whose extra line
// holds the record: the leaf, a line with the salt in base64, and the body.
type Proof struct {
	Record     Sealed
	Hashes     [][hashBytes]byte // from the leaf's sibling up to the child of the root
	Checkpoint []byte            // signed
}

// ProofSuffix is how the name of a file with a proof ends.
const ProofSuffix = ".tlog-proof"

const proofHeader = "c2sp.org/tlog-proof@v1"

// Proof is the proof of a record under a checkpoint, read from the tiles.
// NotFound if the record has no leaf below the checkpoint; Invalid if the leaf
// in the log is not that of the record, or the tiles do not lead from it to the
// root: run the verification.
func (f Folder) Proof(c *Checkpoint, r *Sealed) (*Proof, error) {
	const op = "ledger.Proof"
	if r.Leaf < 0 || r.Leaf >= c.Size {
		return nil, city.Errorf(city.NotFound, op, "record %s has no leaf yet; it follows within a second", r.ID)
	}
	data, err := f.leaf(c, r.Leaf)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(data, LeafOf(r)) {
		return nil, city.Errorf(city.Invalid, op, "record %s is not what leaf %d was made of: %s", r.ID, r.Leaf, difference(data, r))
	}
	hashes, err := f.inclusion(c, r.Leaf)
	if err == nil {
		err = proof.VerifyInclusion(hasher, uint64(r.Leaf), uint64(c.Size), hasher.HashLeaf(data), hashes, c.Root[:])
	}
	if err != nil {
		e := city.Errorf(city.Invalid, op, "leaf %d does not lead to the signed root", r.Leaf)
		e.Err = err
		return nil, e
	}
	p := &Proof{Record: *r, Checkpoint: c.Raw}
	for _, h := range hashes {
		p.Hashes = append(p.Hashes, [hashBytes]byte(h))
	}
	return p, nil
}

// difference says how a record differs from a leaf that is not its own.
func difference(data []byte, r *Sealed) string {
	leaf, err := ParseLeaf(data)
	if err != nil {
		return "what stands there is not the leaf of a record"
	}
	return leaf.Differs(r)
}

// WriteProof is the proof as text. It ends with the checkpoint.
func WriteProof(p *Proof) []byte {
	b := append([]byte(proofHeader), "\nextra "...)
	b = base64.StdEncoding.AppendEncode(b, writeExtra(&p.Record))
	b = append(strconv.AppendInt(append(b, "\nindex "...), p.Record.Leaf, 10), '\n')
	for _, h := range p.Hashes {
		b = append(base64.StdEncoding.AppendEncode(b, h[:]), '\n')
	}
	return append(append(b, '\n'), p.Checkpoint...)
}

// ReadProof reads the text of a proof, without verifying it. Invalid unless it
// is exactly what WriteProof writes.
func ReadProof(data []byte) (*Proof, error) {
	head, checkpoint, found := bytes.Cut(data, []byte("\n\n"))
	lines := bytes.Split(head, []byte("\n"))
	if !found || len(lines) < 3 || string(lines[0]) != proofHeader {
		return nil, notAProof("it does not begin with " + proofHeader)
	}
	extra, isExtra := bytes.CutPrefix(lines[1], []byte("extra "))
	number, isIndex := bytes.CutPrefix(lines[2], []byte("index "))
	if !isExtra || !isIndex {
		return nil, notAProof("its second line must be extra, its third index")
	}
	record, err := readExtra(extra)
	if err != nil {
		return nil, err
	}
	index, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil || index < 0 || index == math.MaxInt64 {
		return nil, notAProof("its index is not a number")
	}
	record.Leaf = index
	p := &Proof{Record: record, Checkpoint: bytes.Clone(checkpoint)}
	for _, line := range lines[3:] {
		h, err := strict.DecodeString(string(line))
		if err != nil || len(h) != sha256.Size {
			return nil, notAProof("a hash of it is not the base64 of 32 bytes")
		}
		p.Hashes = append(p.Hashes, [hashBytes]byte(h))
	}
	if !bytes.Equal(WriteProof(p), data) {
		return nil, notAProof("a number or text of it is not written in its one form")
	}
	return p, nil
}

// Proven is what a proof has shown.
type Proven struct {
	Record     Sealed     // with its index in the log
	Checkpoint Checkpoint // under which it stands
}

// VerifyProof checks a proof with nothing but the public key of the log: that
// the record is what its leaf was made of, that the leaf stands at its index in
// the tree of the checkpoint, and that the key signed the checkpoint. Invalid
// says which of them is not so; every changed bit of the text makes it so.
func VerifyProof(data []byte, key Key) (*Proven, error) {
	p, err := ReadProof(data)
	if err != nil {
		return nil, err
	}
	c, err := ParseCheckpoint(p.Checkpoint, key)
	if err != nil {
		return nil, err
	}
	hashes := make([][]byte, 0, len(p.Hashes))
	for i := range p.Hashes {
		hashes = append(hashes, p.Hashes[i][:])
	}
	leaf := hasher.HashLeaf(LeafOf(&p.Record))
	if err := proof.VerifyInclusion(hasher, uint64(p.Record.Leaf), uint64(c.Size), leaf, hashes, c.Root[:]); err != nil {
		return nil, city.Errorf(city.Invalid, "ledger.VerifyProof", "record %s does not stand at leaf %d of the signed tree of %d leaves: what it holds leads to another root than the signed one", p.Record.ID, p.Record.Leaf, c.Size)
	}
	return &Proven{Record: p.Record, Checkpoint: c}, nil
}

// writeExtra is the record as the extra line holds it: what a verifier needs to
// make the leaf again.
func writeExtra(r *Sealed) []byte {
	b := append(LeafOf(r), "salt "...)
	b = append(base64.StdEncoding.AppendEncode(b, r.Salt), '\n')
	return append(b, r.Body...)
}

func readExtra(text []byte) (Sealed, error) {
	data, err := strict.DecodeString(string(text))
	if err != nil {
		return Sealed{}, notAProof("its extra line is not base64")
	}
	leafText, rest, found := bytes.Cut(data, []byte("\nsalt "))
	saltText, body, ended := bytes.Cut(rest, []byte("\n"))
	salt, err := strict.DecodeString(string(saltText))
	if !found || !ended || err != nil || len(salt) != SaltBytes {
		return Sealed{}, notAProof("its extra line has no salt of 16 bytes behind the leaf")
	}
	leaf, err := ParseLeaf(append(leafText, '\n'))
	if err != nil {
		return Sealed{}, err
	}
	r := Sealed{Salt: salt, Record: Record{ID: leaf.ID, Kind: leaf.Kind, Subject: leaf.Subject, Seq: leaf.Seq, At: leaf.At, Body: bytes.Clone(body)}}
	if d := leaf.Differs(&r); d != "" {
		return Sealed{}, notAProof("record " + string(r.ID) + ": " + d)
	}
	return r, nil
}

func notAProof(text string) error {
	return city.Errorf(city.Invalid, "ledger.ReadProof", "not a proof of a record: %s", text)
}
