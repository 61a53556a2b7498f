package city

import (
	"fmt"
	"math"
	"time"
)

// Instant is a moment in microseconds since 1970-01-01T00:00:00Z. Zero means
// "not stated"; no observation of a city is that old.
type Instant int64

// The range of instants that an observation may carry.
const (
	MinInstant Instant = -2208988800 * 1e6 // 1900-01-01
	MaxInstant Instant = 4102444800 * 1e6  // 2100-01-01
	// Forever is after every instant an observation may carry.
	Forever Instant = math.MaxInt64
)

// InstantOf converts t, dropping what is below a microsecond.
func InstantOf(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Time converts i to UTC.
func (i Instant) Time() time.Time { return time.UnixMicro(int64(i)).UTC() }

// Add returns i moved by d.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d/time.Microsecond) }

// Sub returns i − j.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i-j) * time.Microsecond }

// Day is the UTC day of i as days since 1970-01-01.
func (i Instant) Day() Day { return Day(floorDiv(int64(i), 86_400_000_000)) }

// Valid says whether i lies in the range an observation may carry.
func (i Instant) Valid() bool { return i >= MinInstant && i < MaxInstant && i != 0 }

// String is RFC 3339 in UTC with as many fraction digits as needed, or "" for
// zero.
func (i Instant) String() string {
	if i == 0 {
		return ""
	}
	return string(i.AppendTo(make([]byte, 0, 27)))
}

// AppendTo appends the RFC 3339 form of i in UTC to b.
func (i Instant) AppendTo(b []byte) []byte {
	return i.Time().AppendFormat(b, "2006-01-02T15:04:05.999999Z")
}

// ParseInstant reads an RFC 3339 time with a zone.
func ParseInstant(s string) (Instant, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not an RFC 3339 time with a zone, such as 2014-08-11T00:00:00Z", s)
	}
	i := InstantOf(t)
	if !i.Valid() {
		return 0, fmt.Errorf("%q lies outside 1900 to 2100", s)
	}
	return i, nil
}

// Day is a UTC day, counted from 1970-01-01.
type Day int32

// Start is the first instant of d.
func (d Day) Start() Instant { return Instant(d) * 86_400_000_000 }

// String is YYYY-MM-DD.
func (d Day) String() string { return d.Start().Time().Format("2006-01-02") }

// Interval is the half-open time from From to To. Zero From means since ever,
// zero To means for ever.
type Interval struct{ From, To Instant }

// Contains says whether From ≤ i < To.
func (v Interval) Contains(i Instant) bool {
	return (v.From == 0 || i >= v.From) && (v.To == 0 || i < v.To)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
