package bench

import (
	"encoding/json"
	"fmt"
	"time"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/test/driver"
)

// manyCases is how many open cases the agency has.
const manyCases = 100_000

// readers is how many people look at their worklist at once.
const readers = 2

// measureWorklist reads the worklist of an agency as its pages do.
func measureWorklist(s *session) error {
	if s.worklist == nil {
		made, err := s.fill(manyCases, func(i int, now city.Instant) (casework.Change, error) {
			c, err := madeCase(i, 2+i%5, now)
			return lastMoveOnly(c), err
		})
		if err != nil {
			return err
		}
		s.worklist = made
	}
	server, err := s.serve(s.worklist.city, s.worklist.data)
	if err != nil {
		return err
	}
	defer server.Kill()
	if err := s.readWorklist(server); err != nil {
		return fmt.Errorf("%w\nthe server's last words:\n%s", err, lastLines(server.Output(), 20))
	}
	peak, err := server.PeakRSS()
	if err != nil {
		return err
	}
	s.add(figure{Area: "worklist", What: "peak RSS", Unit: "MB", Decimals: 1}, float64(peak)/1e6, 0, 0)
	return server.Stop(30 * time.Second)
}

const worklistTarget = "/api/v1/cases?agency=" + leadAgency + "&order=deadline&limit=100"

func (s *session) readWorklist(server *driver.Server) error {
	const open = worklistTarget + "&notState=closed"
	total, next, err := pageOf(server.Addr, open)
	if err != nil {
		return err
	}
	if total != manyCases || next == "" {
		return fmt.Errorf("the worklist has %d cases, want %d", total, manyCases)
	}
	late, _, err := pageOf(server.Addr, worklistTarget+"&overdue=true")
	if err != nil {
		return err
	}
	for _, q := range []struct{ what, target, note string }{
		{"first page of 100", open, "with the total, which the page says: " + grouped(float64(total), 0) + " open cases"},
		{"second page", open + "&after=" + next, ""},
		{"overdue, first page", worklistTarget + "&overdue=true", "total of " + grouped(float64(late), 0)},
		{"waiting to be accepted, first page", open + "&task=waiting", ""},
	} {
		r, err := load{addr: server.Addr, connections: readers, warmUp: s.load() / 10, measured: s.load() / 2, status: 200,
			request: func(dst []byte, _, _ int) []byte { return driver.AppendRequest(dst, "GET", q.target, "", nil) }}.run(s)
		if err != nil {
			return err
		}
		if err := enough(q.what, len(r.millis), 100); err != nil {
			return err
		}
		note := fmt.Sprintf("%d people at once, %s", readers, r.latency())
		if q.note != "" {
			note += "; " + q.note
		}
		s.add(figure{Area: "worklist", What: q.what + ", p50", Unit: "ms", Decimals: 1, Note: note}, percentile(r.millis, 0.5), r.refused, r.errors)
		s.add(figure{Area: "worklist", What: q.what + ", p99", Unit: "ms", Decimals: 1, Target: under(50)}, percentile(r.millis, 0.99), r.refused, r.errors)
	}
	return nil
}

// pageOf is the length of a list and where its next page begins.
func pageOf(addr, target string) (total int, next string, err error) {
	c, err := driver.Dial(addr)
	if err != nil {
		return 0, "", err
	}
	defer c.Close()
	a, err := c.Do("GET", target, nil)
	if err == nil {
		err = a.Err(200)
	}
	if err != nil {
		return 0, "", err
	}
	var page struct {
		Total int
		Next  string
	}
	err = json.Unmarshal(a.Body, &page)
	return page.Total, page.Next, err
}
