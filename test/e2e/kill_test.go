package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"citybrain/test/driver"
)

var kills = flag.Int("kills", 50, "how often the program is killed")

const (
	clients = 4
	seed    = 2014
)

// TestNothingAcknowledgedIsLost kills the program with kill -9 fifty times
// while clients write, a file feed grows and rows are pushed, at random
// moments and at moments when files of a checkpoint or of sealing change. After
// every restart the clients read back what they were told.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	skipIfShort(t, "fifty restarts take minutes")
	s := townSetup(t, busyFiles...)
	feeds := newFeedLedger(t, &s)
	begin := time.Now().UTC().Truncate(time.Second).Add(-10 * 24 * time.Hour)
	var ledgers []*ledger
	for i := range clients {
		ledgers = append(ledgers, newLedger(fmt.Sprintf("client%d", i), begin, seed+uint64(i)))
	}
	random := rand.New(rand.NewPCG(seed, 1))
	moments := map[string]int{}
	var ready, checking time.Duration
	for n := range *kills {
		begun := time.Now()
		server := s.start(t)
		ready += time.Since(begun)
		c := dial(t, server)
		begun = time.Now()
		for _, l := range ledgers {
			l.check(t, c, l.mostAtRisk())
		}
		feeds.check(t, c)
		checking += time.Since(begun)
		if t.Failed() {
			t.Fatalf("after %d kills; the server said:\n%s", n, server.Output())
		}
		moments[underLoad(t, server, ledgers, feeds, func() string { return killMoment(random, s.data, n) })]++
		c.Close()
	}
	server := s.start(t)
	finish(t, server, ledgers, feeds)
	report(t, ledgers, moments)
	t.Logf("starting took %s, checking %s", ready.Round(time.Millisecond), checking.Round(time.Millisecond))
}

// underLoad writes from every client until killAt returns, and kills.
func underLoad(t *testing.T, server *driver.Server, ledgers []*ledger, feeds *feedLedger, killAt func() string) string {
	t.Helper()
	stop := make(chan struct{})
	var writing sync.WaitGroup
	for _, l := range ledgers {
		writing.Go(func() {
			if err := l.write(server.Addr, stop); err != nil {
				t.Errorf("%s: %v", l.name, err)
			}
		})
	}
	writing.Go(func() {
		if err := feeds.write(server.Addr, stop); err != nil {
			t.Errorf("feeds: %v", err)
		}
	})
	moment := killAt()
	server.Kill()
	close(stop)
	writing.Wait()
	return moment
}

// killMoment waits for the moment to kill: in turn a random one, one at which
// the past's folder changes (sealing), and one at which records change (a
// checkpoint), each a little random too. It returns its name.
func killMoment(random *rand.Rand, data string, n int) string {
	time.Sleep(time.Duration(50+random.IntN(450)) * time.Millisecond)
	var names []string
	switch n % 3 {
	case 1:
		names = []string{"parquet"}
	case 2:
		names = []string{"records.db"}
	default:
		return "random"
	}
	before := fingerprint(data, names)
	for deadline := time.Now().Add(1500 * time.Millisecond); time.Now().Before(deadline); time.Sleep(200 * time.Microsecond) {
		if fingerprint(data, names) != before {
			time.Sleep(time.Duration(random.IntN(3000)) * time.Microsecond)
			return names[0] + " changes"
		}
	}
	return "random"
}

// fingerprint describes the files below a folder whose names hold one of the
// words. It changes when one of them appears, grows or goes.
func fingerprint(folder string, words []string) string {
	var b strings.Builder
	_ = filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(path, w) }) {
			return nil // files come and go meanwhile
		}
		if info, err := entry.Info(); err == nil {
			fmt.Fprintf(&b, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	return b.String()
}

// mostAtRisk are the entities of what was acknowledged right before the kill.
// Everything is checked at the end; what was lost stays lost until then.
func (l *ledger) mostAtRisk() []string {
	ids := slices.Clone(l.recent)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// finish lets every client complete what is pending and checks everything once
// more, also that what was created is still refused a second time.
func finish(t *testing.T, server *driver.Server, ledgers []*ledger, feeds *feedLedger) {
	t.Helper()
	c := dial(t, server)
	for _, l := range ledgers {
		for l.pending != nil {
			a, err := c.Do(l.pending.method, l.pending.target, l.pending.body)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.answered(a); err != nil {
				t.Fatal(err)
			}
		}
		l.check(t, c, l.ids)
		for _, id := range l.ids {
			a, err := c.Do("POST", "/ngsi-ld/v1/entities", fmt.Appendf(nil, `{"id":%q,"type":%q}`, id, thingType))
			if err != nil {
				t.Fatal(err)
			}
			if a.Status != 409 {
				t.Errorf("%s could be created again: %v", url.PathEscape(id), a.Err(409))
			}
		}
	}
	feeds.finish(t, c)
}

func report(t *testing.T, ledgers []*ledger, moments map[string]int) {
	t.Helper()
	var acked, retried, refused, readings int64
	for _, l := range ledgers {
		acked += l.acked.Load()
		retried += l.retried.Load()
		refused += l.refused.Load()
		for _, thing := range l.things {
			readings += int64(len(thing.readings))
		}
	}
	t.Logf("%d kills %v: %d requests acknowledged, %d sent again, %d refused, %d readings found once each", *kills, moments, acked, retried, refused, readings)
}
