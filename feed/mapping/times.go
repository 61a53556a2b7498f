package mapping

import (
	"bytes"
	"strings"
	"time"
	_ "time/tzdata" // local times must not depend on the machine's zone files

	"citybrain/city"
)

// format is one way in which a column writes a time.
type format struct {
	layout string // of package time, or "" for unix times
	scale  int64  // microseconds in one unit of a unix time
	offset bool   // the text carries its own offset from UTC
	iso    bool   // the layout is one that isoTime reads
}

const isoLayout, isoSpaceLayout = "2006-01-02T15:04:05", "2006-01-02 15:04:05"

// formatOf reads a format name. ok is false if it is not a layout with a date.
func formatOf(name string) (f format, ok bool) {
	switch name {
	case "unix":
		return format{scale: 1e6, offset: true}, true
	case "unix-ms":
		return format{scale: 1e3, offset: true}, true
	case "rfc3339":
		name = time.RFC3339
	}
	f = format{layout: name, offset: layoutHasOffset(name)}
	f.iso = name == isoLayout || name == isoSpaceLayout || name == time.RFC3339
	return f, layoutHasDate(name)
}

// layoutHasDate says whether a layout tells one day from another: it must give
// different texts for different years, months and days.
func layoutHasDate(layout string) bool {
	base := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	text := base.Format(layout)
	return text != base.AddDate(1, 0, 0).Format(layout) && text != base.AddDate(0, 1, 0).Format(layout) && text != base.AddDate(0, 0, 7).Format(layout)
}

func layoutHasOffset(layout string) bool {
	return strings.Contains(layout, "Z07") || strings.Contains(layout, "-07")
}

// timeReader reads the times of one column. Not for concurrent use.
type timeReader struct {
	formats []format
	zone    *zone

	last      [32]byte // the text read last and what it was
	lastLen   int
	lastAt    city.Instant
	lastFlags city.Flags

	day    [10]byte // the date read last, and its day
	dayNum int64
}

// read is the moment that b names. reason is why there is none: the time is not
// in a format of the column, does not exist in its zone, or lies out of range.
func (r *timeReader) read(b []byte) (at city.Instant, flags city.Flags, reason string) {
	if len(b) == r.lastLen && len(b) > 0 && string(b) == string(r.last[:r.lastLen]) {
		return r.lastAt, r.lastFlags, ""
	}
	at, flags, reason = r.parse(b)
	if reason == "" && len(b) <= len(r.last) {
		r.lastLen = copy(r.last[:], b)
		r.lastAt, r.lastFlags = at, flags
	}
	return at, flags, reason
}

func (r *timeReader) parse(b []byte) (city.Instant, city.Flags, string) {
	b = bytes.TrimSpace(b)
	for i := range r.formats {
		f := &r.formats[i]
		local, micros, fixed, ok := r.local(f, b)
		if !ok {
			continue
		}
		if fixed {
			return inRange(local*1e6+micros, 0)
		}
		unix, outcome := r.zone.unix(local)
		switch outcome {
		case localNever:
			return 0, 0, "does not exist: the clocks of " + r.zone.place.String() + " skip it"
		case localTwice:
			return inRange(unix*1e6+micros, city.FlagAmbiguous)
		}
		return inRange(unix*1e6+micros, 0)
	}
	return 0, 0, "is not a time in the format of its column"
}

func inRange(micros int64, flags city.Flags) (city.Instant, city.Flags, string) {
	at := city.Instant(micros)
	if !at.Valid() {
		return 0, 0, "lies outside the years 1900 to 2100"
	}
	return at, flags, ""
}

// local reads b as seconds and microseconds. fixed says that they count from
// 1970 in UTC, otherwise they are the clock of the column's zone.
func (r *timeReader) local(f *format, b []byte) (seconds, micros int64, fixed, ok bool) {
	if f.layout == "" {
		return unixTime(b, f.scale)
	}
	if f.iso {
		if seconds, micros, ok := r.isoTime(f, b); ok {
			return seconds, micros, f.offset, true
		}
	}
	t, err := time.Parse(f.layout, string(b))
	if err != nil {
		return 0, 0, false, false
	}
	return t.Unix(), int64(t.Nanosecond() / 1e3), f.offset, true
}

func unixTime(b []byte, scale int64) (seconds, micros int64, fixed, ok bool) {
	v, ok := parseNumber(b)
	v *= float64(scale)
	if !ok || v < float64(city.MinInstant) || v > float64(city.MaxInstant) {
		return 0, 0, true, false
	}
	n := int64(v)
	s := floorDiv(n, 1e6)
	return s, n - s*1e6, true, true
}

// isoTime reads YYYY-MM-DDThh:mm:ss, with a space for the T or an offset behind
// where the format has them, and a fraction of up to nine digits. What it does
// not accept is left to time.Parse.
func (r *timeReader) isoTime(f *format, b []byte) (seconds, micros int64, ok bool) {
	if len(b) < 19 || b[13] != ':' || b[16] != ':' || b[10] != isoSeparator(f) {
		return 0, 0, false
	}
	day, ok := r.isoDay(b[:10])
	if !ok {
		return 0, 0, false
	}
	hour, ok1 := twoDigits(b[11], b[12])
	minute, ok2 := twoDigits(b[14], b[15])
	second, ok3 := twoDigits(b[17], b[18])
	if !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 59 {
		return 0, 0, false
	}
	seconds = day*86400 + hour*3600 + minute*60 + second
	rest := b[19:]
	if len(rest) > 0 && rest[0] == '.' {
		if micros, rest, ok = fraction(rest[1:]); !ok {
			return 0, 0, false
		}
	}
	if f.offset {
		offset, ok := isoOffset(rest)
		return seconds - offset, micros, ok
	}
	return seconds, micros, len(rest) == 0
}

func isoSeparator(f *format) byte {
	if f.layout == isoSpaceLayout {
		return ' '
	}
	return 'T'
}

func (r *timeReader) isoDay(b []byte) (int64, bool) {
	if string(b) == string(r.day[:]) {
		return r.dayNum, true
	}
	if b[4] != '-' || b[7] != '-' {
		return 0, false
	}
	century, ok1 := twoDigits(b[0], b[1])
	year, ok2 := twoDigits(b[2], b[3])
	month, ok3 := twoDigits(b[5], b[6])
	day, ok4 := twoDigits(b[8], b[9])
	if !ok1 || !ok2 || !ok3 || !ok4 || month < 1 || month > 12 || day < 1 {
		return 0, false
	}
	t := time.Date(int(century*100+year), time.Month(month), int(day), 0, 0, 0, 0, time.UTC)
	if t.Day() != int(day) {
		return 0, false
	}
	copy(r.day[:], b)
	r.dayNum = floorDiv(t.Unix(), 86400)
	return r.dayNum, true
}

func twoDigits(a, b byte) (int64, bool) {
	a, b = a-'0', b-'0'
	return int64(a)*10 + int64(b), a <= 9 && b <= 9
}

func fraction(b []byte) (micros int64, rest []byte, ok bool) {
	n := 0
	scale := int64(100_000)
	for n < len(b) && b[n]-'0' <= 9 {
		micros += int64(b[n]-'0') * scale
		scale /= 10
		n++
	}
	return micros, b[n:], n >= 1 && n <= 9
}

func isoOffset(b []byte) (seconds int64, ok bool) {
	if len(b) == 1 && b[0] == 'Z' {
		return 0, true
	}
	if len(b) != 6 || b[3] != ':' || b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	hours, ok1 := twoDigits(b[1], b[2])
	minutes, ok2 := twoDigits(b[4], b[5])
	if !ok1 || !ok2 || hours > 23 || minutes > 59 {
		return 0, false
	}
	seconds = hours*3600 + minutes*60
	if b[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}
