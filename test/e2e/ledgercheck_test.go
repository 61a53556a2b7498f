package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"testing"
	"time"

	"citybrain/test/driver"
)

// check fails the test for every fault.
func (l *ledger) check(t testing.TB, c *driver.Conn, ids []string) {
	t.Helper()
	for _, err := range l.faults(c, ids) {
		t.Error(err)
	}
}

// faults reads things and lists what is missing, doubled or wrong. Only what is
// pending may be there or not.
func (l *ledger) faults(c *driver.Conn, ids []string) (faults []error) {
	maybe := map[statement]bool{}
	if l.pending != nil {
		for _, s := range l.pending.says {
			maybe[s] = true
		}
	}
	for _, id := range ids {
		if err := l.checkPresent(c, id, maybe); err != nil {
			faults = append(faults, fmt.Errorf("%s: present: %w", id, err))
		}
		if err := l.checkPast(c, id, maybe); err != nil {
			faults = append(faults, fmt.Errorf("%s: past: %w", id, err))
		}
	}
	for _, id := range l.absent {
		if a, err := c.Do("GET", "/ngsi-ld/v1/entities/"+url.PathEscape(id), nil); err != nil || a.Status != 404 {
			faults = append(faults, fmt.Errorf("%s was refused and is there: status %d, %w", id, a.Status, err))
		}
	}
	return faults
}

type instance struct {
	Value      float64
	ObservedAt time.Time
}

func (l *ledger) checkPresent(c *driver.Conn, id string, maybe map[statement]bool) error {
	a, err := c.Do("GET", "/ngsi-ld/v1/entities/"+url.PathEscape(id), nil)
	if err != nil {
		return err
	}
	if err := a.Err(200); err != nil {
		return err
	}
	var found struct{ Speed, Heading *instance }
	if err := json.Unmarshal(a.Body, &found); err != nil {
		return err
	}
	for name, has := range map[string]*instance{"speed": found.Speed, "heading": found.Heading} {
		newest, ok := l.things[id].newest(name)
		switch {
		case !ok:
		case has == nil:
			return fmt.Errorf("%s is missing: %s", name, a.Body)
		case has.ObservedAt.UnixMicro() == newest.at && has.Value == newest.value:
		case maybe[statement{id, reading{name, has.ObservedAt.UnixMicro()}, has.Value}] && has.ObservedAt.UnixMicro() > newest.at:
		default:
			return fmt.Errorf("%s is %+v, want %g of %s", name, *has, newest.value, time.UnixMicro(newest.at).UTC())
		}
	}
	return nil
}

func (t *thing) newest(attribute string) (s statement, ok bool) {
	for r, v := range t.readings {
		if r.attribute == attribute && r.at > s.at {
			s, ok = statement{reading: r, value: v}, true
		}
	}
	return s, ok
}

func (l *ledger) checkPast(c *driver.Conn, id string, maybe map[statement]bool) error {
	found, err := past(c, id, "speed", "heading")
	if err != nil {
		return err
	}
	var wrong []error
	seen := map[reading]bool{}
	for _, s := range found {
		want, acked := l.things[id].readings[s.reading]
		switch {
		case seen[s.reading]:
			wrong = append(wrong, fmt.Errorf("doubled: %s", s))
		case acked && want != s.value:
			wrong = append(wrong, fmt.Errorf("%s, want %g", s, want))
		case !acked && !maybe[s]:
			wrong = append(wrong, fmt.Errorf("never written: %s", s))
		}
		seen[s.reading] = true
	}
	for r, v := range l.things[id].readings {
		if !seen[r] {
			wrong = append(wrong, fmt.Errorf("missing: %s", statement{id, r, v}))
		}
	}
	if len(wrong) > 5 {
		wrong = append(wrong[:5], fmt.Errorf("and %d more", len(wrong)-5))
	}
	return errors.Join(wrong...)
}

// String is for messages.
func (s statement) String() string {
	return fmt.Sprintf("%s = %g at %s", s.attribute, s.value, time.UnixMicro(s.at).UTC().Format(time.RFC3339Nano))
}
