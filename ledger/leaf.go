package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"

	"citybrain/city"
)

// leafVersion is the first line of every leaf of this form.
const leafVersion = "citybrain-record/v1"

// strict refuses a base64 text that is not the one and only form of its bytes.
var strict = base64.StdEncoding.Strict()

// Leaf is what the log holds of a record: which record, what of, when, and a
// digest that binds its body without telling it.
type Leaf struct {
	ID      RecordID
	Kind    Kind
	Subject string
	Seq     int64
	At      city.Instant
	Digest  [sha256.Size]byte // SHA-256(salt ‖ body)
}

// LeafOf is the leaf of a record, byte for byte: seven lines of text, each ended
// by a newline: the version, id, kind, subject, sequence number, time (RFC 3339,
// UTC) and the digest in base64. Two records that differ in anything but their
// Leaf have different leaves.
func LeafOf(r *Sealed) []byte {
	l := leafOf(r)
	return l.Text()
}

func leafOf(r *Sealed) Leaf {
	return Leaf{ID: r.ID, Kind: r.Kind, Subject: r.Subject, Seq: r.Seq, At: r.At, Digest: DigestOf(r.Salt, r.Body)}
}

// DigestOf is SHA-256 over the salt and the body behind it.
func DigestOf(salt, body []byte) (digest [sha256.Size]byte) {
	h := sha256.New()
	h.Write(salt)
	h.Write(body)
	h.Sum(digest[:0])
	return digest
}

// Text is the leaf as the log holds it.
func (l *Leaf) Text() []byte {
	b := make([]byte, 0, 256)
	for _, line := range []string{leafVersion, string(l.ID), string(l.Kind), l.Subject} {
		b = append(append(b, line...), '\n')
	}
	b = append(strconv.AppendInt(b, l.Seq, 10), '\n')
	if l.At != 0 {
		b = l.At.AppendTo(b)
	}
	b = append(b, '\n')
	return append(base64.StdEncoding.AppendEncode(b, l.Digest[:]), '\n')
}

// ParseLeaf reads a leaf. Invalid unless data is exactly the text of a leaf.
func ParseLeaf(data []byte) (Leaf, error) {
	lines := strings.Split(string(data), "\n")
	if len(lines) != 8 || lines[0] != leafVersion {
		return Leaf{}, notALeaf("it is not seven lines that begin with " + leafVersion)
	}
	seq, err := strconv.ParseInt(lines[4], 10, 64)
	if err != nil {
		return Leaf{}, notALeaf("its sequence number is not a number")
	}
	at, err := city.ParseInstant(lines[5])
	if err != nil {
		return Leaf{}, notALeaf(err.Error())
	}
	digest, err := strict.DecodeString(lines[6])
	if err != nil || len(digest) != sha256.Size {
		return Leaf{}, notALeaf("its digest is not the base64 of 32 bytes")
	}
	l := Leaf{ID: RecordID(lines[1]), Kind: Kind(lines[2]), Subject: lines[3], Seq: seq, At: at, Digest: [sha256.Size]byte(digest)}
	check := Sealed{Record: Record{ID: l.ID, Kind: l.Kind, Subject: l.Subject, Seq: l.Seq, At: l.At}, Salt: make([]byte, SaltBytes)}
	if err := check.Check(); err != nil {
		return Leaf{}, err
	}
	if !bytes.Equal(l.Text(), data) {
		return Leaf{}, notALeaf("a field is not written in its one form")
	}
	return l, nil
}

func notALeaf(text string) error {
	return city.Errorf(city.Invalid, "ledger.ParseLeaf", "not the leaf of a record: %s", text)
}

// Differs names the first thing in which a record is not what its leaf says, or
// is "" if it is.
func (l *Leaf) Differs(r *Sealed) string {
	switch of := leafOf(r); {
	case of.ID != l.ID:
		return "its leaf is that of record " + string(l.ID)
	case of.Kind != l.Kind:
		return "its kind is not that of its leaf, " + string(l.Kind)
	case of.Subject != l.Subject:
		return "its subject is not that of its leaf, " + l.Subject
	case of.Seq != l.Seq:
		return "its sequence number is not that of its leaf, " + strconv.FormatInt(l.Seq, 10)
	case of.At != l.At:
		return "its time is not that of its leaf, " + l.At.String()
	case of.Digest != l.Digest:
		return "its body or salt is not the one that its leaf was made of"
	}
	return ""
}
