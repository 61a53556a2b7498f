package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"citybrain/test/driver"
)

func replaceIn(t testing.TB, path, text, old, now string) {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("%s does not hold %q", path, old)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(text, old, now, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestStoppedFeedBecomesStale lets a file grow and stop: the feed is stale
// after the time its quality rule states, and live again with the next row.
func TestStoppedFeedBecomesStale(t *testing.T) {
	s := townSetup(t)
	path := filepath.Join(s.withFeeds(t), "counter.csv")
	rules := filepath.Join(s.args[2], "quality.yaml")
	text, err := os.ReadFile(rules)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(rules, append(text, "  - name: counter-stale\n    kind: stale\n    source: counter\n    after: 2s\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	grow := func(rows string) {
		t.Helper()
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(rows); err != nil {
			t.Fatal(err)
		}
	}
	now := func() string { return "1," + time.Now().UTC().Format(time.RFC3339Nano) + ",5\n" }
	grow(counterHeader + now())
	c := dial(t, s.start(t))
	eventually(t, "the first row is applied", 10*time.Second, func() bool { return feedsOf(t, c)["counter"].Rows.Applied == 1 })
	eventually(t, "the feed is stale", 10*time.Second, func() bool { return feedsOf(t, c)["counter"].Stale })
	grow(now())
	eventually(t, "the feed is live again", 10*time.Second, func() bool {
		f := feedsOf(t, c)["counter"]
		return f.Rows.Applied == 2 && !f.Stale
	})
}

// TestQuarantinedRowIsCorrected pushes a bad row, finds it in quarantine, hands
// in a corrected one, and finds that in the present. It can be done once.
func TestQuarantinedRowIsCorrected(t *testing.T) {
	c := dial(t, townSetup(t).start(t))
	a, err := c.Send(driver.AppendRequest(nil, "POST", "/api/v1/feeds/report/rows", "text/csv",
		[]byte(counterHeader+"1,2024-03-01T00:00:00Z,7\n1,2024-03-01T00:01:00Z,many\n")))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Err(200); err != nil {
		t.Fatal(err)
	}
	var rows []quarantined // filled from the log, behind the answer
	eventually(t, "one row in quarantine", 10*time.Second, func() bool {
		rows = quarantineOf(t, c, "report")
		return len(rows) == 1
	})
	mentions(t, "the reason", rows[0].Reason, "vehicles", "many")
	resubmit := func(raw string) driver.Answer { return resubmit(t, c, rows[0].ID, raw) }
	a = resubmit(strings.Replace(rows[0].Raw, "many", "12", 1))
	if err := a.Err(200); err != nil {
		t.Fatal(err)
	}
	var present struct {
		VehicleCount struct{ Value float64 }
	}
	get(t, c, entitiesPath+"/"+pushedCounter+"1", &present)
	if present.VehicleCount.Value != 12 {
		t.Errorf("the present shows %g, want the corrected 12", present.VehicleCount.Value)
	}
	if again := resubmit("1,2024-03-01T00:01:00Z,13"); again.Status != 409 {
		t.Errorf("a second time: %v", again.Err(409))
	}
	if rows := quarantineOf(t, c, "report"); len(rows) != 0 {
		t.Errorf("still open: %+v", rows)
	}
}

func resubmit(t testing.TB, c *driver.Conn, id, raw string) driver.Answer {
	t.Helper()
	body, err := json.Marshal(map[string]string{"raw": raw})
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Do("POST", "/api/v1/quarantine/"+id+"/resubmit", body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestQuarantinedRowsKeepTheirColumns quarantines rows of a file, each for a
// reason that another room finds, then pushes rows to the same feed with the
// columns in another order and starts anew. The rows of the file are still
// corrected in the columns of the file, the pushed one in its own.
func TestQuarantinedRowsKeepTheirColumns(t *testing.T) {
	s := townSetup(t)
	const header, minute = "vehicles,time,counter\n", "2024-03-01T00:0"
	file := header + "many," + minute + "1:00Z,21\n" + // mapping
		"7.5," + minute + "2:00Z,22\n" + // data standard
		"2," + minute + "3:00Z,23\n" // a rule of the city, below
	rules := filepath.Join(s.args[2], "quality.yaml")
	text, err := os.ReadFile(rules)
	if err != nil {
		t.Fatal(err)
	}
	replaceIn(t, rules, string(text), "    min: 0\n", "    min: 3\n    action: quarantine\n")
	if err := os.WriteFile(filepath.Join(s.withFeeds(t), "counter.csv"), []byte(file), 0o644); err != nil {
		t.Fatal(err)
	}
	server := s.start(t)
	c := dial(t, server)
	eventually(t, "the file is read", 10*time.Second, func() bool { return feedsOf(t, c)["counter"].Rows.Quarantined == 3 })
	a, err := c.Send(driver.AppendRequest(nil, "POST", "/api/v1/feeds/counter/rows", "text/csv",
		[]byte(counterHeader+"1,"+minute+"1:00Z,11\n24,"+minute+"4:00Z,none\n")))
	if err != nil || a.Err(200) != nil {
		t.Fatal(err, a.Err(200))
	}
	server.Kill()
	c = dial(t, s.start(t))
	raws := map[string]quarantined{}
	for _, r := range quarantineOf(t, c, "counter") {
		raws[r.Raw] = r
	}
	for _, row := range []struct{ kept, mended, counter string }{
		{header + "many," + minute + "1:00Z,21", "11," + minute + "1:00Z,21", "21"},
		{header + "7.5," + minute + "2:00Z,22", header + "11," + minute + "2:00Z,22", "22"},
		{header + "2," + minute + "3:00Z,23", "11," + minute + "3:00Z,23", "23"},
		{counterHeader + "24," + minute + "4:00Z,none", "24," + minute + "4:00Z,11", "24"},
	} {
		r, ok := raws[row.kept]
		if !ok {
			t.Errorf("%q is not in quarantine: %v", row.kept, raws)
			continue
		}
		if err := resubmit(t, c, r.ID, row.mended).Err(200); err != nil {
			t.Errorf("%q: %v", row.mended, err)
			continue
		}
		var present struct {
			VehicleCount struct{ Value float64 }
		}
		get(t, c, entitiesPath+"/urn:ngsi-ld:Counter:"+row.counter, &present)
		if present.VehicleCount.Value != 11 {
			t.Errorf("counter %s shows %g, want the corrected 11", row.counter, present.VehicleCount.Value)
		}
	}
	if got, want := feedsOf(t, c)["counter"].Rows.classes(), (rowCounts{Applied: 5, Quarantined: 4}); got != want {
		t.Errorf("rows %+v, want %+v: a resubmitted row counts as one more", got, want)
	}
}

// TestUnknownMemberSpoilsItsRow pushes three objects, the second with a member
// that the mapping does not know.
func TestUnknownMemberSpoilsItsRow(t *testing.T) {
	c := dial(t, townSetup(t).start(t))
	a, err := c.Send(driver.AppendRequest(nil, "POST", "/api/v1/feeds/report/rows", "application/json",
		[]byte(`[{"counter":1,"time":"2024-03-01T00:00:00Z","vehicles":7},{"counter":2,"time":"2024-03-01T00:00:00Z","colour":"red"},`+
			`{"counter":3,"time":"2024-03-01T00:00:00Z","vehicles":7}]`)))
	if err != nil || a.Err(200) != nil {
		t.Fatal(err, a.Err(200))
	}
	if got, want := feedsOf(t, c)["report"].Rows.classes(), (rowCounts{Applied: 2, Quarantined: 1}); got != want {
		t.Errorf("rows %+v, want %+v", got, want)
	}
	mentions(t, "the answer", string(a.Body), `"row":2`, "colour")
}

// TestFeedWaitsForItsFile starts before the file is there: the feed waits, the
// program is ready, and the rows count as soon as the file comes.
func TestFeedWaitsForItsFile(t *testing.T) {
	s := townSetup(t)
	path := filepath.Join(s.withFeeds(t), "counter.csv")
	server := s.start(t) // ready
	c := dial(t, server)
	time.Sleep(1500 * time.Millisecond)
	if f := feedsOf(t, c)["counter"]; f.State != "waiting" || f.Error != "" {
		t.Errorf("without its file: %+v", f)
	}
	if err := os.WriteFile(path, []byte(counterHeader+"1,2024-03-01T00:00:00Z,7\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the row is applied", 10*time.Second, func() bool {
		f := feedsOf(t, c)["counter"]
		return f.State == "running" && f.Rows.Applied == 1
	})
	if n := strings.Count(server.Output(), "waits for its file"); n != 1 || strings.Contains(server.Output(), filepath.Dir(path)+"/") {
		t.Errorf("said %d times that the feed waits:\n%s", n, server.Output())
	}
}

// TestPushNamesWhatItCannotTake pushes what no feed can read.
func TestPushNamesWhatItCannotTake(t *testing.T) {
	server := townSetup(t).start(t)
	for _, bad := range []struct {
		what, feed, media, body string
		status                  int
		names                   []string
	}{
		{"no such feed", "traffic", "text/csv", counterHeader, 404, []string{"feed"}},
		{"a media type that is not its format", "report", "image/png", counterHeader, 400, []string{"text/csv"}},
		{"an unknown column", "report", "text/csv", "counter,time,vehicles,colour\n1,2024-03-01T00:00:00Z,7,red\n", 400, []string{"colour"}},
		{"a missing column", "report", "text/csv", "counter,time\n1,2024-03-01T00:00:00Z\n", 400, []string{`column \"vehicles\" of the mapping is missing`}},
		{"missing columns", "report", "text/csv", "time\n2024-03-01T00:00:00Z\n", 400, []string{`columns \"counter\" and \"vehicles\" of the mapping are missing`}},
		{"an empty body", "report", "text/csv", "", 400, nil},
	} {
		c := dial(t, server)
		a, err := c.Send(driver.AppendRequest(nil, "POST", "/api/v1/feeds/"+bad.feed+"/rows", bad.media, []byte(bad.body)))
		if err != nil {
			t.Fatalf("%s: %v", bad.what, err)
		}
		refused(t, bad.what, a, bad.status)
		mentions(t, bad.what, string(a.Body), bad.names...)
	}
	if n := feedsOf(t, dial(t, server))["report"].Rows.sum(); n != 0 {
		t.Errorf("%d rows counted of requests that were refused", n)
	}
}

// TestBadRowsAreQuarantined pushes rows that each break another rule; each ends
// in quarantine with a reason that names the column, and the good one is applied.
func TestBadRowsAreQuarantined(t *testing.T) {
	c := dial(t, townSetup(t).start(t))
	bad := []struct{ row, names string }{
		{"2,2024-13-01T00:00:00Z,7", "time"},
		{"2,9999-01-01T00:00:00Z,7", "time"},
		{"2,2024-03-01T00:00:00Z,seven", "vehicles"},
		{"2,2024-03-01T00:00:00Z,1e400", "vehicles"},
		{"2,2024-03-01T00:00:00Z,7.5", "vehicleCount"},
		{",2024-03-01T00:00:00Z,7", "counter"},
		{"2,2024-03-01T00:00:00Z", "column"},
		{"2,2024-03-01T00:00:00Z,7,8", "column"},
		{"2,,7", "time"},
		{"\xff,2024-03-01T00:00:00Z,7", "UTF-8"},
	}
	body := counterHeader + "1,2024-03-01T00:00:00Z,7\n"
	for _, b := range bad {
		body += b.row + "\n"
	}
	a, err := c.Send(driver.AppendRequest(nil, "POST", "/api/v1/feeds/report/rows", "text/csv", []byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Err(200); err != nil {
		t.Fatal(err)
	}
	if got, want := feedsOf(t, c)["report"].Rows.classes(), (rowCounts{Applied: 1, Quarantined: int64(len(bad))}); got != want {
		t.Errorf("rows %+v, want %+v", got, want)
	}
	var rows []quarantined
	eventually(t, "all bad rows in quarantine", 10*time.Second, func() bool {
		rows = quarantineOf(t, c, "report")
		return len(rows) == len(bad)
	})
	reasons := map[string]string{} // by raw text: lanes put their rows into the log in any order
	for _, r := range rows {
		reasons[r.Raw] = r.Reason
	}
	for _, b := range bad {
		mentions(t, "the reason of "+b.row, reasons[counterHeader+strings.ToValidUTF8(b.row, "\ufffd")], b.names)
	}
}

// TestFileWithAnUnknownColumnFails lets a file have a column that the mapping
// does not know: the feed fails and names it, and the program is not ready.
func TestFileWithAnUnknownColumnFails(t *testing.T) {
	s := townSetup(t)
	path := filepath.Join(s.withFeeds(t), "counter.csv")
	if err := os.WriteFile(path, []byte("counter,time,vehicles,colour\n1,2024-03-01T00:00:00Z,7,red\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	server, err := s.listen(t)
	if err != nil {
		mentions(t, "the refusal", server.Output(), "colour", "counter.csv")
		return
	}
	c := dial(t, server)
	eventually(t, "the feed has failed", 10*time.Second, func() bool { return feedsOf(t, c)["counter"].State == "failed" })
	mentions(t, "the error", feedsOf(t, c)["counter"].Error, "colour")
	a, err := c.Do("GET", "/readyz", nil)
	if err != nil || a.Status != 503 {
		t.Errorf("ready although a feed has failed: %d %v", a.Status, err)
	}
	mentions(t, "what is not ready", string(a.Body), "counter", "colour")
}
