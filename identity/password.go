package identity

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"citybrain/city"
)

// The cost of one hash: the second choice of OWASP's Password Storage Cheat
// Sheet for argon2id, 19 MiB and two passes. The numbers stand in every hash, so
// they can be raised without touching the hashes that exist.
const (
	hashMemory  = 19 * 1024 // KiB
	hashPasses  = 2
	hashThreads = 1
	hashBytes   = 32
	saltBytes   = 16
)

// What a hash that is read may cost at most: a record that was tampered with
// must not exhaust the memory.
const (
	maxMemory = 256 * 1024 // KiB
	maxPasses = 16
)

// The bounds of hashing at one time: guessing must not take the memory or the
// processors from the city.
const (
	hashesAtOnce  = 2
	hashesWaiting = 16
)

// press makes hashes, few at a time.
type press struct {
	memory, passes uint32 // of new hashes
	running        chan struct{}
	waiting        atomic.Int32
}

func newPress() *press {
	return &press{memory: hashMemory, passes: hashPasses, running: make(chan struct{}, hashesAtOnce)}
}

// enter waits for a place at the press; Overload when too many wait already.
func (p *press) enter(ctx context.Context) error {
	if p.waiting.Add(1) > hashesWaiting+hashesAtOnce {
		p.waiting.Add(-1)
		return &city.Error{Kind: city.Overload, Op: "identity", Retry: 2 * time.Second, Detail: "too many people sign in at this moment; try again"}
	}
	select {
	case p.running <- struct{}{}:
		return nil
	case <-ctx.Done():
		p.waiting.Add(-1)
		return ctx.Err()
	}
}

func (p *press) leave() {
	<-p.running
	p.waiting.Add(-1)
}

// hash is the PHC string of a password with a new salt.
func (p *press) hash(ctx context.Context, password string, random io.Reader) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", &city.Error{Kind: city.Internal, Op: "identity: salt", Err: err}
	}
	h := phc{memory: p.memory, passes: p.passes, threads: hashThreads, salt: salt}
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	h.key = h.derive(password, hashBytes)
	return h.String(), nil
}

// matches says whether a password has a hash. For a hash that is none ("" of an
// unknown account) it does the same work and says no.
func (p *press) matches(ctx context.Context, password, hash string) (bool, error) {
	h, ok := readPHC(hash)
	if !ok {
		h = phc{memory: p.memory, passes: p.passes, threads: hashThreads, salt: make([]byte, saltBytes), key: make([]byte, hashBytes)}
	}
	if err := p.enter(ctx); err != nil {
		return false, err
	}
	defer p.leave()
	same := subtle.ConstantTimeCompare(h.derive(password, len(h.key)), h.key) == 1
	return same && ok, nil
}

// phc is an argon2id hash in the PHC string format.
type phc struct {
	memory, passes uint32
	threads        uint8
	salt, key      []byte
}

// derive hashes a password in the form in which all keyboards agree (NFKC, as
// SP 800-63B section 3.1.1.2 asks).
func (h *phc) derive(password string, bytes int) []byte {
	return argon2.IDKey([]byte(norm.NFKC.String(password)), h.salt, h.passes, h.memory, h.threads, uint32(bytes))
}

var phcBase64 = base64.RawStdEncoding.Strict()

// String is the hash as it is stored.
func (h phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.passes, h.threads,
		phcBase64.EncodeToString(h.salt), phcBase64.EncodeToString(h.key))
}

// readPHC reads what String wrote; false if text is nothing of the kind, or
// costs more than it may.
func readPHC(text string) (h phc, ok bool) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, false
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.threads); err != nil || n != 3 {
		return h, false
	}
	var errSalt, errKey error
	h.salt, errSalt = phcBase64.DecodeString(parts[4])
	h.key, errKey = phcBase64.DecodeString(parts[5])
	ok = errSalt == nil && errKey == nil && len(h.salt) >= 8 && len(h.key) >= 16 && len(h.key) <= 128 &&
		h.memory >= 8 && h.memory <= maxMemory && h.passes >= 1 && h.passes <= maxPasses && h.threads >= 1
	return h, ok && h.String() == text
}
