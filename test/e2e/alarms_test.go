package e2e

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/test/driver"
)

// standing is what the API says of whether a situation is announced.
type standing struct {
	ID, Entity, State, AnnouncedAt, Group string
	Change, Notice                        uint64
	Announced, Flapping                   bool
	Reminders                             int
	Suppressed                            []struct {
		Way, Rule, Situation, Silence, Author, Group, Since, Until string
		Changes                                                    int
	}
}

// standings lists what a query of situations selects.
func (p *person) standings(query string) []standing {
	p.t.Helper()
	var all []standing
	for after := ""; ; {
		var page struct {
			Situations []standing
			Next       string
		}
		p.must(200, "GET", "/api/v1/situations?limit=900&"+query+after, nil, &page)
		all = append(all, page.Situations...)
		if page.Next == "" {
			return all
		}
		after = "&after=" + page.Next
	}
}

func (p *person) gate(name string, queue int) {
	p.t.Helper()
	body := []byte(gateHeader + gateRow(name, time.Now(), queue, 0))
	if a := p.ask("POST", "/api/v1/feeds/gates-live/rows", body, "Content-Type", "text/csv"); a.status != 200 {
		p.t.Fatalf("push: %d %s", a.status, a.body)
	}
}

// announcements reads the situations that a stream without suppressed ones tells
// of, until done.
func announcements(t *testing.T, server *driver.Server, after string, done <-chan struct{}) func() []standing {
	t.Helper()
	s, err := driver.Subscribe(server.Addr, "/api/v1/stream?types=situation", after)
	if err != nil {
		t.Fatal(err)
	}
	var all []standing
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			e, err := s.Next()
			if err != nil {
				return
			}
			var one standing
			if e.Name == "situation" && json.Unmarshal([]byte(e.Data), &one) == nil {
				all = append(all, one)
			}
		}
	}()
	return func() []standing {
		<-done
		s.Close()
		<-ended
		return all
	}
}

// TestSilence holds that what a duty officer silences opens nothing and is told
// to nobody, also after kill -9, is listed with its reason all the while, and is
// announced when the silence ends; and that another silence, ended by hand, lets
// go at once.
func TestSilence(t *testing.T) {
	s := harbourSetup(t, "--set", "checkpoint.interval=1h")
	server := s.start(t)
	p := nobody(t, server)
	p.gate("g1", 20)
	eventually(t, "the case of g1", 20*time.Second, func() bool { return len(p.cases("kind=gate-blocked")) == 1 })
	gone := make(chan struct{})
	told := announcements(t, server, "p0-s0", gone)

	var short, long struct {
		ID, State, Author string
		Records           []string
	}
	end := time.Now().Add(15 * time.Second)
	p.must(201, "POST", "/api/v1/silences", map[string]any{"entities": []string{"urn:ngsi-ld:Gate:live-g2"}, "reason": "<b>dredging</b>", "end": end.UTC().Format(time.RFC3339Nano)}, &short)
	p.must(201, "POST", "/api/v1/silences", map[string]any{"rules": []string{"harbour-gates/gate-blocked"}, "reason": "rehearsal", "end": end.Add(time.Hour).UTC().Format(time.RFC3339Nano)}, &long)
	eventually(t, "g1 to be suppressed", 10*time.Second, func() bool { return len(p.standings("announced=false")) == 1 })
	p.must(200, "DELETE", "/api/v1/silences/"+long.ID, nil, &long)
	if long.State != "ended" || len(long.Records) != 2 {
		t.Errorf("ended by hand: %+v", long)
	}
	p.must(409, "DELETE", "/api/v1/silences/"+long.ID, nil, nil)
	if left := p.standings("announced=false"); len(left) != 0 {
		t.Errorf("after the end by hand: %+v", left)
	}
	p.gate("g2", 20)
	p.gate("g3", 20)
	eventually(t, "the case of g3", 20*time.Second, func() bool { return len(p.cases("kind=gate-blocked")) == 2 })
	before := p.standings("")
	server.Kill()
	close(gone)
	for _, one := range told() {
		if strings.HasSuffix(one.Entity, "g2") {
			t.Errorf("the stream told of what is silenced: %+v", one)
		}
	}

	server = s.start(t)
	p = nobody(t, server)
	if diff := cmp.Diff(before, p.standings("")); diff != "" {
		t.Errorf("standings after kill -9 (-before +after):\n%s", diff)
	}
	quiet := p.standings("announced=false&suppressed=silenced")
	if len(quiet) != 1 || !strings.HasSuffix(quiet[0].Entity, "g2") || quiet[0].Announced || quiet[0].AnnouncedAt != "" || quiet[0].Suppressed[0].Silence != short.ID || quiet[0].Suppressed[0].Until == "" {
		t.Fatalf("what is silenced is listed as %+v", quiet)
	}
	var counts struct {
		Up, Announced int
		Suppressed    struct{ Total, Silenced int }
	}
	p.must(200, "GET", "/api/v1/alarms", nil, &counts)
	if counts.Up != 3 || counts.Announced != 2 || counts.Suppressed.Total != 1 || counts.Suppressed.Silenced != 1 {
		t.Errorf("counted %+v", counts)
	}
	if n := len(p.cases("kind=gate-blocked")); n != 2 && time.Now().Before(end) {
		t.Errorf("%d cases while g2 is silenced", n)
	}
	eventually(t, "the case of g2 once the silence is over", 40*time.Second, func() bool { return len(p.cases("kind=gate-blocked")) == 3 })
	if time.Now().Before(end) {
		t.Error("g2 had its case before the silence was over")
	}
	if left := p.standings("announced=false"); len(left) != 0 {
		t.Errorf("after the end: %+v", left)
	}
	p.sealed()
	for _, id := range append(short.Records, long.Records...) {
		p.must(200, "GET", "/api/v1/records/"+id+"/proof", nil, nil)
	}
	if err := server.Stop(patience); err != nil {
		t.Fatal(err)
	}
	if said, sound := verify(t, "--data", s.data); !sound {
		t.Errorf("not sound: %s", said)
	}
}

// busyAlarms make every mechanism work on the gates.
const busyAlarms = `inhibit:
  - {name: fault-first, title: {zh: 数据, en: Data}, parent: [gate-fault], children: [gate-blocked, gate-idle], where: {same: entity}}
groups:
  - {name: crowds, title: {zh: 人群, en: Crowds}, situations: [gate-crowd], by: [rule], wait: 20m, interval: 1h}
flapping:
  - {name: unsteady, title: {zh: 抖动, en: Unsteady}, situations: [gate-blocked, gate-idle], changes: 4, within: 3h, stable: 1h}
reminders:
  - {name: still, title: {zh: 提醒, en: Still}, situations: ["*"], every: 25m}
`

// TestAlarmsSurviveKills replays a day with every mechanism at work, in one piece,
// and then killed again and again: every situation has the same standing, with the
// same numbers, and the same cases are open.
func TestAlarmsSurviveKills(t *testing.T) {
	skipIfShort(t, "replays of a day and many restarts")
	busy := func(args ...string) setup {
		s := gatesReplay(t, args...)
		dir := filepath.Join(filepath.Dir(s.data), "packs", "harbour-gates", "alarms")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "busy.yaml"), []byte(busyAlarms), 0o644); err != nil {
			t.Fatal(err)
		}
		return s
	}
	whole := busy()
	want, cases := standingsAtEnd(t, whole)
	ways := map[string]int{}
	for _, s := range want {
		if len(s.Suppressed) > 0 {
			ways[s.Suppressed[0].Way]++
		}
		if s.Reminders > 0 {
			ways["reminded"]++
		}
	}
	for _, way := range []string{"inhibited", "flapping", "grouped", "reminded"} {
		if ways[way] == 0 {
			t.Errorf("nothing was %s: the test tests less than it says (%v)", way, ways)
		}
	}
	killed := busy(busyFiles...)
	random := rand.New(rand.NewPCG(seed, 9))
	for range 6 {
		server := killed.start(t)
		time.Sleep(time.Duration(100+random.IntN(900)) * time.Millisecond)
		server.Kill()
	}
	got, again := standingsAtEnd(t, killed)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("standings after kills (-whole +killed):\n%.3000s", diff)
	}
	if diff := cmp.Diff(cases, again); diff != "" {
		t.Errorf("cases after kills (-whole +killed):\n%.3000s", diff)
	}
}

// standingsAtEnd waits until the replay has been read and taken, and answers with
// every standing and every case.
func standingsAtEnd(t *testing.T, s setup) (all []standing, cases []string) {
	t.Helper()
	server := s.start(t)
	p := nobody(t, server)
	c := dial(t, server)
	eventually(t, "the file is read", patience, func() bool { return feedsOf(t, c)["gates"].State == "ended" })
	still, newest := 0, uint64(0)
	eventually(t, "nothing moves any more", patience, func() bool {
		latest := uint64(0)
		for _, one := range p.standings("") {
			latest = max(latest, one.Notice)
		}
		if still++; latest != newest {
			still, newest = 0, latest
		}
		return still >= 30
	})
	announced := 0
	all = p.standings("")
	for _, one := range all {
		if one.AnnouncedAt != "" {
			announced++
		}
	}
	eventually(t, "the cases of what was announced", patience, func() bool {
		cases = cases[:0]
		for _, x := range p.cases("order=opened") {
			cases = append(cases, caseLine(&x))
		}
		return len(cases) > 0 && len(cases) <= announced
	})
	p.sealed()
	cases = cases[:0]
	for _, x := range p.cases("order=opened") {
		cases = append(cases, caseLine(&x))
	}
	slices.Sort(cases)
	if err := server.Stop(patience); err != nil {
		t.Fatal(err)
	}
	return all, cases
}
