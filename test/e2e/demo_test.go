package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"citybrain/test/driver"
)

// demoWithin is what a newcomer waits for at most.
const (
	demoReady = 5 * time.Second
	demoCases = 2 * time.Minute
)

// TestDemo starts the demo with three seeds at once: each is ready and moves at
// once, the accounts that it prints can sign in, situations and cases come
// within two minutes, and Ctrl-C ends it in order and leaves nothing behind.
func TestDemo(t *testing.T) {
	skipIfShort(t, "situations take up to two minutes")
	var all sync.WaitGroup
	ready := patience
	for seed := 1; seed <= 3; seed++ {
		d := startDemo(t, seed)
		ready = min(ready, d.ready)
		all.Go(func() { d.watch() })
	}
	all.Wait()
	// The best of three: other programs may share the machine.
	if ready > demoReady {
		t.Errorf("ready and moving only after %s", ready)
	}
}

// demo is one running demo.
type demo struct {
	t       *testing.T
	seed    int
	temp    string // its folder for temporary files
	begun   time.Time
	process *exec.Cmd
	output  *os.File
	officer *person
	ready   time.Duration // until it was ready and moving
}

var demoLine = regexp.MustCompile(`(?m)^\s+(\S+)\s+(\S{4}-\S{4}-\S{4}-\S{4})\s`)

// startDemo starts a demo and returns when it is ready and moving. They are
// started one after the other, so that the time is that of one newcomer.
func startDemo(t *testing.T, seed int) *demo {
	t.Helper()
	d := &demo{t: t, seed: seed, temp: t.TempDir(), process: exec.Command(binary(t), "demo", "--listen", "127.0.0.1:0", "--seed", fmt.Sprint(seed))}
	var err error
	if d.output, err = os.Create(filepath.Join(t.TempDir(), "output")); err != nil {
		t.Fatal(err)
	}
	d.process.Env = append(os.Environ(), "TMPDIR="+d.temp)
	d.process.Stdout, d.process.Stderr = d.output, d.output
	d.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	d.begun = time.Now()
	if err := d.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.process.Process.Kill(); d.output.Close() })
	address := regexp.MustCompile(`listening on (http://\S+)`)
	eventually(t, "the demo listens", patience, func() bool { return address.MatchString(d.said()) })
	p := &person{t: t, base: address.FindStringSubmatch(d.said())[1], name: "nobody"}
	if a := p.ask("GET", "/", nil); a.status != 200 && a.status != 404 {
		t.Errorf("the page: %d %.200s", a.status, a.body)
	}
	passwords := map[string]string{}
	for _, m := range demoLine.FindAllStringSubmatch(d.said(), -1) {
		passwords[m[1]] = m[2]
	}
	for _, post := range []string{"duty-officer", "traffic-dispatcher", "parking-operator", "auditor", "administrator"} {
		if passwords[post] == "" {
			t.Fatalf("no password of %s:\n%s", post, d.said())
		}
	}
	d.officer = p.as("duty-officer", passwords["duty-officer"])
	d.moves()
	d.ready = time.Since(d.begun)
	t.Logf("seed %d: ready and moving after %s", seed, d.ready.Round(10*time.Millisecond))
	return d
}

func (d *demo) said() string {
	text, err := os.ReadFile(d.output.Name())
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}

// moves waits until something in the city changes before the eyes of a page.
func (d *demo) moves() {
	d.t.Helper()
	addr := strings.TrimPrefix(d.officer.base, "http://")
	c, err := driver.Dial(addr)
	if err != nil {
		d.t.Fatal(err)
	}
	defer c.Close()
	if _, err := fmt.Fprintf(c.Conn, "GET /api/v1/stream HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\nCookie: citybrain-session=%s\r\n\r\n", addr, d.officer.cookie); err != nil {
		d.t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		d.t.Fatal(err)
	}
	var got strings.Builder
	piece := make([]byte, 16<<10)
	for !strings.Contains(got.String(), "event: entities") {
		n, err := c.Conn.Read(piece)
		if err != nil {
			d.t.Fatalf("seed %d: nothing moves: %v %.500s", d.seed, err, got.String())
		}
		got.Write(piece[:n])
	}
}

// watch waits for situations and cases, and ends the demo.
func (d *demo) watch() {
	situations, cases := time.Duration(0), time.Duration(0)
	for time.Since(d.begun) < demoCases && (situations == 0 || cases == 0) {
		var page struct{ Situations, Cases []struct{ ID string } }
		for what, at := range map[string]*time.Duration{"situations": &situations, "cases": &cases} {
			page.Situations, page.Cases = nil, nil
			a, err := d.officer.try("GET", "/api/v1/"+what+"?limit=1", nil)
			if err != nil {
				d.t.Errorf("seed %d: %v\n%s", d.seed, err, d.said())
				return
			}
			if *at == 0 && strings.Contains(string(a.body), `"id":`) {
				*at = time.Since(d.begun)
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
	if d.t.Logf("seed %d: a situation after %s, a case after %s", d.seed, situations.Round(time.Second), cases.Round(time.Second)); situations == 0 || cases == 0 {
		d.t.Errorf("seed %d: within %s no situation or no case", d.seed, demoCases)
	}
	d.end()
}

// end is Ctrl-C.
func (d *demo) end() {
	if err := d.process.Process.Signal(os.Interrupt); err != nil {
		d.t.Error(err)
	}
	begun := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = d.process.Process.Kill() })
	defer stop()
	if err := d.process.Wait(); err != nil {
		d.t.Errorf("seed %d: ended by %v\n%s", d.seed, err, d.said())
	}
	d.t.Logf("seed %d: ended within %s", d.seed, time.Since(begun).Round(10*time.Millisecond))
	left, err := os.ReadDir(d.temp)
	if err != nil || len(left) > 0 {
		d.t.Errorf("seed %d: left behind %v %v", d.seed, left, err)
	}
	if strings.Contains(d.said(), "level=ERROR") || strings.Contains(d.said(), "panic") {
		d.t.Errorf("seed %d said:\n%s", d.seed, d.said())
	}
}
