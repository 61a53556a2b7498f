package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"

	"citybrain/city"
)

// Key is a public key of the log as one line of text, the verifier key of C2SP
// signed-note: the log's name, a hash and the key.
type Key string

// Name is the name of the log that the key belongs to; it is also the origin of
// its checkpoints. Invalid if the key is not a verifier key.
func (k Key) Name() (string, error) {
	v, err := k.verifier()
	if err != nil {
		return "", err
	}
	return v.Name(), nil
}

func (k Key) verifier() (note.Verifier, error) {
	v, err := note.NewVerifier(strings.TrimSpace(string(k)))
	if err != nil {
		return nil, &city.Error{Kind: city.Invalid, Op: "ledger.Key", Field: "key", Err: err,
			Detail: "not the public key of a log: one line such as example.org/log+1a2b3c4d+AbCd…"}
	}
	return v, nil
}

// Checkpoint is what the log said of itself at a moment, signed: so many leaves,
// and the hash that commits to all of them (C2SP tlog-checkpoint).
type Checkpoint struct {
	Origin string // the log
	Size   int64  // leaves
	Root   [sha256.Size]byte
	Raw    []byte // as signed
}

// String says which checkpoint it is.
func (c *Checkpoint) String() string {
	return strconv.FormatInt(c.Size, 10) + " leaves, root " + hex.EncodeToString(c.Root[:8]) + "…"
}

// ParseCheckpoint reads a checkpoint and checks that the key signed it. Invalid
// if it is not a checkpoint, not of this log, or not signed by the key; every
// changed bit of a checkpoint with one signature makes it so.
func ParseCheckpoint(raw []byte, key Key) (Checkpoint, error) {
	v, err := key.verifier()
	if err != nil {
		return Checkpoint{}, err
	}
	parsed, rest, n, err := log.ParseCheckpoint(raw, v.Name(), v)
	if err != nil {
		return Checkpoint{}, notACheckpoint(err, "it is not signed by the key of the log %s", v.Name())
	}
	if len(rest) > 0 {
		return Checkpoint{}, notACheckpoint(nil, "it has lines behind the root")
	}
	for _, s := range n.Sigs {
		// A second spelling of a signature would be a changed byte that passes.
		if data, err := strict.DecodeString(s.Base64); err != nil || strict.EncodeToString(data) != s.Base64 {
			return Checkpoint{}, notACheckpoint(err, "a signature is not written in its one form")
		}
	}
	return checkpointOf(parsed, n.Text, raw)
}

// readUnsigned reads what a checkpoint says without believing it.
func readUnsigned(raw []byte) (Checkpoint, error) {
	text, _, found := bytes.Cut(raw, []byte("\n\n"))
	if !found {
		return Checkpoint{}, notACheckpoint(nil, "it has no signature")
	}
	var parsed log.Checkpoint
	if _, err := parsed.Unmarshal(append(text, '\n')); err != nil {
		return Checkpoint{}, notACheckpoint(err, "it is not origin, size and root on three lines")
	}
	return checkpointOf(&parsed, string(parsed.Marshal()), raw)
}

func checkpointOf(parsed *log.Checkpoint, text string, raw []byte) (Checkpoint, error) {
	if parsed.Size > math.MaxInt64>>10 || len(parsed.Hash) != sha256.Size || string(parsed.Marshal()) != text {
		return Checkpoint{}, notACheckpoint(nil, "its size or root is not written in its one form")
	}
	return Checkpoint{Origin: parsed.Origin, Size: int64(parsed.Size), Root: [sha256.Size]byte(parsed.Hash), Raw: bytes.Clone(raw)}, nil
}

func notACheckpoint(cause error, format string, args ...any) error {
	e := city.Errorf(city.Invalid, "ledger.ParseCheckpoint", "not a checkpoint of the log: "+format, args...)
	e.Err = cause
	return e
}
