package pack

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// Calendar is a city's working time: the hours of each weekday and the days
// that differ. It is immutable.
type Calendar struct {
	Week [7][]Hours // by time.Weekday
	Days []Day      // in the order of their dates
}

// Hours is a piece of a working day in minutes after local midnight, From < To.
type Hours struct{ From, To int }

// Day is a date that differs from its weekday.
type Day struct {
	Date  string // YYYY-MM-DD, in the city's zone
	Name  city.Names
	Hours []Hours // empty on a holiday
}

type calendarFile struct {
	strictyaml.Pos
	Note catalog.Text  `yaml:"note"`
	Week weekFile      `yaml:"week,required"`
	Days []calendarDay `yaml:"days"`
}

type weekFile struct {
	strictyaml.Pos
	Monday    []string `yaml:"monday,required"`
	Tuesday   []string `yaml:"tuesday,required"`
	Wednesday []string `yaml:"wednesday,required"`
	Thursday  []string `yaml:"thursday,required"`
	Friday    []string `yaml:"friday,required"`
	Saturday  []string `yaml:"saturday,required"`
	Sunday    []string `yaml:"sunday,required"`
}

type calendarDay struct {
	strictyaml.Pos
	Date  string       `yaml:"date,required"`
	Name  catalog.Text `yaml:"name,required"`
	Hours []string     `yaml:"hours"`
}

func parseCalendar(d document) (*Calendar, city.Faults) {
	var f calendarFile
	fs := strictyaml.Decode(d.file, d.data, &f)
	fs = append(fs, f.Note.Check()...)
	out := &Calendar{}
	w := &f.Week
	for i, day := range [7][]string{w.Sunday, w.Monday, w.Tuesday, w.Wednesday, w.Thursday, w.Friday, w.Saturday} {
		hours, err := hoursOf(day)
		if err != nil {
			key := strings.ToLower(time.Weekday(i).String())
			fs = append(fs, w.Fault(key, "bad-hours", hoursHint, "%s: %v", key, err))
		}
		out.Week[i] = hours
	}
	last := ""
	for i := range f.Days {
		day, faults := f.Days[i].parse()
		if len(faults) == 0 && day.Date <= last {
			faults = append(faults, f.Days[i].Fault("date", "order-of-days", "each date once, the earliest first", "%s stands after %s", day.Date, last))
		}
		last = max(last, day.Date)
		out.Days, fs = append(out.Days, day), append(fs, faults...)
	}
	return out, fs
}

func (d *calendarDay) parse() (Day, city.Faults) {
	fs := d.Name.Check()
	if _, err := time.Parse(time.DateOnly, d.Date); err != nil && d.Has("date") {
		fs = append(fs, d.Fault("date", "bad-date", "such as 2014-12-24", "%q is not a date", d.Date))
	}
	hours, err := hoursOf(d.Hours)
	if err != nil {
		fs = append(fs, d.Fault("hours", "bad-hours", hoursHint, "%v", err))
	}
	return Day{Date: d.Date, Name: d.Name.Names(), Hours: hours}, fs
}

const hoursHint = `a list such as ["08:00-12:00", "13:00-16:00"], in order, [] for a day off`

func hoursOf(list []string) ([]Hours, error) {
	var out []Hours
	last := 0
	for _, s := range list {
		from, to, _ := strings.Cut(s, "-")
		a, okA := minuteOf(from)
		b, okB := minuteOf(to)
		switch {
		case !okA || !okB:
			return nil, fmt.Errorf("%q are not hours", s)
		case a >= b:
			return nil, fmt.Errorf("%q ends before it begins", s)
		case a < last:
			return nil, fmt.Errorf("%q begins before the hours before it end", s)
		}
		last = b
		out = append(out, Hours{a, b})
	}
	return out, nil
}

// minuteOf reads HH:MM from 00:00 to 24:00.
func minuteOf(s string) (int, bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	h, errH := strconv.ParseUint(s[:2], 10, 8)
	m, errM := strconv.ParseUint(s[3:], 10, 8)
	minute := int(h)*60 + int(m)
	return minute, errH == nil && errM == nil && m < 60 && minute <= 24*60
}
