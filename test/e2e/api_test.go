package e2e

import (
	"encoding/json"
	"testing"
	"time"

	"citybrain/test/driver"
)

// feed is one element of /api/v1/feeds.
type feed struct {
	ID, Kind, State, Error string
	Rows                   rowCounts
	Stale                  bool
}

// rowCounts counts the rows of a feed by what became of them.
type rowCounts struct{ Applied, Flagged, Duplicate, Quarantined, Outside, Total, Late int64 }

func (c rowCounts) sum() int64 {
	return c.Applied + c.Flagged + c.Duplicate + c.Quarantined + c.Outside
}

// classes is c without what can be computed and what is counted besides.
func (c rowCounts) classes() rowCounts {
	c.Total, c.Late = 0, 0
	return c
}

func get(t testing.TB, c *driver.Conn, target string, into any) {
	t.Helper()
	a, err := c.Do("GET", target, nil)
	if err != nil {
		t.Fatalf("%s: %v", target, err)
	}
	if err := a.Err(200); err != nil {
		t.Fatalf("%s: %v", target, err)
	}
	if err := json.Unmarshal(a.Body, into); err != nil {
		t.Fatalf("%s: %v in %.500s", target, err, a.Body)
	}
}

func feedsOf(t testing.TB, c *driver.Conn) map[string]feed {
	t.Helper()
	var page struct{ Feeds []feed }
	get(t, c, "/api/v1/feeds", &page)
	feeds := map[string]feed{}
	for _, f := range page.Feeds {
		if f.Rows.sum() != f.Rows.Total {
			t.Errorf("feed %s: the classes of %+v do not add up", f.ID, f.Rows)
		}
		feeds[f.ID] = f
	}
	return feeds
}

// quarantined is one element of /api/v1/quarantine.
type quarantined struct {
	ID, Feed, Reason, Raw string
	Row                   int64
}

func quarantineOf(t testing.TB, c *driver.Conn, feed string) []quarantined {
	t.Helper()
	var page struct{ Rows []quarantined }
	get(t, c, "/api/v1/quarantine?feed="+feed, &page)
	return page.Rows
}

// eventually asks until answer returns true.
func eventually(t testing.TB, what string, within time.Duration, answer func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !answer(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", within, what)
		}
	}
}

// situation is one element of /api/v1/situations.
type situation struct {
	ID, Rule, Type, Entity, Severity, State string
	RaisedAt, ClearedAt                     time.Time
	RaisedReason, ClearedReason             string
	Evidence                                []struct{ Entity, Attribute string }
	Change                                  uint64
}

func situationsOf(t testing.TB, c *driver.Conn) []situation {
	t.Helper()
	var all []situation
	for target := "/api/v1/situations?limit=700"; target != ""; {
		var page struct {
			Situations []situation
			Next       string
		}
		get(t, c, target, &page)
		all = append(all, page.Situations...)
		target = ""
		if page.Next != "" {
			target = "/api/v1/situations?limit=700&after=" + page.Next
		}
	}
	return all
}
