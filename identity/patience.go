package identity

import (
	"net/netip"
	"sync"
	"time"

	"citybrain/city"
)

// How failures are answered: so many are free, then each makes the next wait
// twice as long, up to the longest. They are forgotten when none came for a
// while. Whoever has the name of an account can make others wait for it; not
// those at an address from which it has signed in since the program started.
const (
	freeOfAccount = 5
	freeOfAddress = 20
	firstWait     = 2 * time.Second
	longestWait   = 15 * time.Minute
	forgetAfter   = time.Hour
	// mostCounted bounds the memory: past it, what failed longest ago is forgotten.
	mostCounted = 20_000
)

// patience counts failed attempts to sign in. Its zero value is not ready; use
// newPatience. Safe for concurrent use.
type patience struct {
	mu     sync.Mutex
	counts map[counted]*failures
	known  map[counted]city.Instant // address and account that have signed in together, and when
}

// network is what an address is counted as. Whoever has one address of IPv6 has
// the /64 around it, and could come from another one at each attempt.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Unmap().Is4() {
		return address
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

// counted is what failures are counted of: an address (or its network), an account, or, for an
// address that is known to an account, both.
type counted struct {
	address string
	account city.AccountID
}

type failures struct {
	n    int
	last city.Instant
	next city.Instant // no attempt before it
}

func newPatience() *patience {
	return &patience{counts: map[counted]*failures{}, known: map[counted]city.Instant{}}
}

// begin lets an attempt through, or says how long to wait. The attempt counts
// as failed until succeed or undo is called, so that many at once are as slow as
// one after the other.
func (p *patience) begin(account city.AccountID, address string, now city.Instant) error {
	address = network(address)
	p.mu.Lock()
	defer p.mu.Unlock()
	byAddress, byAccount := counted{address: address}, p.accountKey(account, address)
	wait := max(p.wait(byAddress, now), p.wait(byAccount, now)) // nothing is counted of account ""
	if wait > 0 {
		return &city.Error{Kind: city.Overload, Op: "identity", Retry: wait,
			Detail: "too many attempts have failed; wait " + city.DurationText((wait + time.Second - 1).Truncate(time.Second)) + " before the next"}
	}
	p.count(byAddress, freeOfAddress, now)
	if account != "" {
		p.count(byAccount, freeOfAccount, now)
	}
	return nil
}

// succeed forgets the account's failures. Those of the address stay: whoever
// has one account could otherwise guess at others for ever.
func (p *patience) succeed(account city.AccountID, address string, now city.Instant) {
	address = network(address)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.counts, p.accountKey(account, address))
	p.uncount(counted{address: address}, freeOfAddress)
	if len(p.known) >= mostCounted {
		p.forgetKnown()
	}
	p.known[counted{address, account}] = now
}

// undo takes back an attempt that could not be judged.
func (p *patience) undo(account city.AccountID, address string) {
	address = network(address)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.uncount(counted{address: address}, freeOfAddress)
	p.uncount(p.accountKey(account, address), freeOfAccount)
}

func (p *patience) accountKey(account city.AccountID, address string) counted {
	both := counted{address, account}
	if _, ok := p.known[both]; ok {
		return both
	}
	return counted{account: account}
}

func (p *patience) wait(key counted, now city.Instant) time.Duration {
	f := p.counts[key]
	if f == nil {
		return 0
	}
	if now.Sub(f.last) > forgetAfter {
		delete(p.counts, key)
		return 0
	}
	return min(f.next.Sub(now), longestWait)
}

func (p *patience) count(key counted, free int, now city.Instant) {
	f := p.counts[key]
	if f == nil {
		if len(p.counts) >= mostCounted {
			p.forget(now)
		}
		f = &failures{}
		p.counts[key] = f
	}
	f.n++
	f.last = now
	f.next = now.Add(waitAfter(f.n - free))
}

// uncount takes back one failure of key.
func (p *patience) uncount(key counted, free int) {
	f := p.counts[key]
	if f == nil {
		return
	}
	if f.n--; f.n <= 0 {
		delete(p.counts, key)
		return
	}
	f.next = f.last.Add(waitAfter(f.n - free))
}

// waitAfter is how long the next attempt waits after so many failures past the
// free ones.
func waitAfter(past int) time.Duration {
	if past < 0 {
		return 0
	}
	if past > 20 {
		return longestWait
	}
	return min(firstWait<<past, longestWait)
}

// forget makes room: first what is over anyway, else what failed longest ago.
func (p *patience) forget(now city.Instant) {
	var oldest counted
	first := city.Forever
	for key, f := range p.counts {
		if now.Sub(f.last) > forgetAfter {
			delete(p.counts, key)
		} else if f.last < first {
			oldest, first = key, f.last
		}
	}
	if len(p.counts) >= mostCounted {
		delete(p.counts, oldest)
	}
}

func (p *patience) forgetKnown() {
	var oldest counted
	first := city.Forever
	for key, at := range p.known {
		if at < first {
			oldest, first = key, at
		}
	}
	delete(p.known, oldest)
}
