package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/test/driver"
)

// manyLeaves is how many leaves the ledger has: four moves of each case.
const manyLeaves = 100_000

// measureVerify takes the time of the command that recomputes a ledger and the
// records behind it, from its start to its end.
func measureVerify(s *session) error {
	if s.ledger == nil {
		made, err := s.fill(manyLeaves/4, func(i int, now city.Instant) (casework.Change, error) { return madeCase(i, 3, now) })
		if err != nil {
			return err
		}
		s.ledger = made
	}
	cmd := exec.CommandContext(s, s.Binary, "verify", "--data", s.ledger.data)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	begun := time.Now()
	err := cmd.Run()
	took := time.Since(begun)
	if err != nil {
		return fmt.Errorf("verify: %w: %s", err, out.String())
	}
	var origin string
	var leaves int
	if n, _ := fmt.Sscanf(out.String(), "ledger %s %d leaves", &origin, &leaves); n != 2 || leaves < manyLeaves {
		return fmt.Errorf("verify recomputed %d leaves, want %d: %s", leaves, manyLeaves, out.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	s.add(figure{Area: "verify", What: "100,000 leaves with their records", Unit: "s", Decimals: 2, Target: under(30),
		Note: "the command says: " + strings.Join(lines, "; ")}, took.Seconds(), 0, 0)
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.add(figure{Area: "verify", What: "peak RSS", Unit: "MB", Decimals: 1}, float64(usage.Maxrss)*1024/1e6, 0, 0)
	}
	return nil
}

// seal runs the program on a filled town until every record has its leaf.
func (s *session) seal(f *filled) error {
	server, err := s.serve(f.city, f.data)
	if err != nil {
		return err
	}
	defer server.Kill()
	c, err := driver.Dial(server.Addr)
	if err != nil {
		return err
	}
	defer c.Close()
	for deadline := time.Now().Add(3 * time.Minute); ; {
		waiting, err := unsealed(c)
		if err != nil {
			return err
		}
		if waiting == 0 {
			return server.Stop(30 * time.Second)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d records still wait for their leaf\n%s", waiting, lastLines(server.Output(), 20))
		}
		if err := sleepUntil(s, time.Now().Add(500*time.Millisecond)); err != nil {
			return err
		}
	}
}

// unsealed is how many records wait for their leaf.
func unsealed(c *driver.Conn) (int, error) {
	a, err := c.Do("GET", "/api/v1/ledger", nil)
	if err == nil {
		err = a.Err(200)
	}
	if err != nil {
		return 0, err
	}
	var status struct{ Waiting int }
	err = json.Unmarshal(a.Body, &status)
	return status.Waiting, err
}
