package city

import (
	"errors"
	"strings"
	"time"
)

// Detail is what an error says to a person: the detail of the first *Error in
// its chain that has one, or else all of it.
func Detail(err error) string {
	for e := (*Error)(nil); errors.As(err, &e); err = e.Err {
		if e.Detail != "" {
			return e.Detail
		}
		if e.Err == nil {
			return e.Error()
		}
	}
	return err.Error()
}

// DurationText is a duration for people: 5m where time.Duration says 5m0s.
func DurationText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
