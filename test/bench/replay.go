package bench

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"citybrain/test/driver"
)

// The window of the real files.
const (
	replayFrom  = "2014-08-11T00:00:00Z"
	replayUntil = "2014-09-01T00:00:00Z"
	// observedFile holds the rows that count for the rate.
	observedFile = "traffic.csv.gz"
)

// measureReplay takes the time from the start of the process until every feed
// with a file is done, and the most memory held until then.
func measureReplay(s *session) error {
	dir, remove, err := s.tempDir()
	if err != nil {
		return err
	}
	defer remove()
	begun := time.Now()
	server, err := s.serve(s.City, dir, "--feeds", filepath.Join(s.Data, "aarhus"), "--replay", "0", "--from", replayFrom, "--until", replayUntil)
	if err != nil {
		return err
	}
	defer server.Kill()
	feeds, err := s.untilEnded(server)
	if err != nil {
		return err
	}
	seconds := time.Since(begun).Seconds()
	peak, err := server.PeakRSS()
	if err != nil {
		return err
	}
	var rows, all, quarantined int64
	for _, f := range feeds {
		all += f.Rows.Total
		quarantined += f.Rows.Quarantined
		rows = max(rows, f.Rows.Total)
	}
	s.add(figure{Area: "replay", What: "rows of " + observedFile, Unit: "rows/s", Target: atLeast(200_000),
		Note: fmt.Sprintf("%s rows in %.1f s, together with %s rows of the other files; %d rows quarantined", grouped(float64(rows), 0), seconds, grouped(float64(all-rows), 0), quarantined)},
		float64(rows)/seconds, quarantined, 0)
	s.add(figure{Area: "replay", What: "peak RSS", Unit: "MB", Decimals: 1, Target: under(400)}, float64(peak)/1e6, 0, 0)
	return nil
}

// feedState is one feed of /api/v1/feeds.
type feedState struct {
	ID, Way, State, Error string
	Rows                  struct{ Total, Quarantined int64 }
}

// untilEnded polls /api/v1/feeds until every feed with a file is done.
func (s *session) untilEnded(server *driver.Server) ([]feedState, error) {
	c, err := driver.Dial(server.Addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	for {
		a, err := c.Do("GET", "/api/v1/feeds", nil)
		if err == nil {
			err = a.Err(200)
		}
		if err != nil {
			return nil, fmt.Errorf("feeds: %w\n%s", err, lastLines(server.Output(), 20))
		}
		var page struct{ Feeds []feedState }
		if err := json.Unmarshal(a.Body, &page); err != nil {
			return nil, err
		}
		if done, err := allDone(page.Feeds); done || err != nil {
			return page.Feeds, err
		}
		select {
		case <-s.Done():
			return nil, s.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func allDone(feeds []feedState) (bool, error) {
	for _, f := range feeds {
		if f.State == "failed" {
			return false, fmt.Errorf("feed %s failed: %s", f.ID, f.Error)
		}
		if f.State != "ended" && f.Way != "push" {
			return false, nil
		}
	}
	return len(feeds) > 0, nil
}
