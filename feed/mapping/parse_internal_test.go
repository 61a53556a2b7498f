package mapping

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"citybrain/city"
)

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0", "-0", "12", "3.25", "-3.", ".5", "1e5", "999999999999999", "9999999999999999", "0.1234567890123456", "NaN", "inf", "0x1p2", "1_000", " 7 ", "+3", "--1", "1.2.3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseNumber([]byte(s))
		trimmed := strings.TrimSpace(s)
		want, err := strconv.ParseFloat(trimmed, 64)
		wantOK := err == nil && !math.IsInf(want, 0) && !math.IsNaN(want) && !strings.ContainsAny(trimmed, "xXpP_")
		if ok != wantOK || ok && math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%q: %v %v, want %v %v", s, got, ok, want, wantOK)
		}
	})
}

func TestShortNumbersAreExact(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 200_000 {
		s := strconv.FormatFloat((rnd.Float64()-0.5)*math.Pow10(rnd.IntN(16)), 'f', rnd.IntN(12), 64)
		got, ok := parseNumber([]byte(s))
		if want, _ := strconv.ParseFloat(s, 64); !ok || math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%q: %v, want %v", s, got, want)
		}
	}
}

func reader(t testing.TB, zoneName string, formats ...string) *timeReader {
	t.Helper()
	place, err := time.LoadLocation(zoneName)
	if err != nil {
		t.Fatal(err)
	}
	p := timePlan{place: place}
	for _, name := range formats {
		f, ok := formatOf(name)
		if !ok {
			t.Fatalf("format %q", name)
		}
		p.formats = append(p.formats, f)
	}
	return p.reader()
}

// FuzzTime holds the hand-written reader equal to package time.
func FuzzTime(f *testing.F) {
	for _, s := range []string{"2014-08-11T00:00:00", "2014-08-11 09:09:04.145", "2014-02-29T00:00:00", "2014-10-26T02:30:00", "2014-03-30T02:30:00", "2014-08-11T00:00:00Z", "2014-08-11T00:00:00+02:00", "2014-08-11T00:00:00.1234567891", "2014-08-11T00:00:60", "2014-08-11T24:00:00", "0000-00-00T00:00:00", "1969-12-31T23:59:59.9999999"} {
		f.Add(s)
	}
	layouts := []string{isoLayout, isoSpaceLayout, time.RFC3339}
	f.Fuzz(func(t *testing.T, s string) {
		for _, layout := range layouts {
			r := reader(t, "UTC", layout)
			got, _, why := r.read([]byte(s))
			parsed, err := time.ParseInLocation(layout, strings.TrimSpace(s), time.UTC)
			want := city.InstantOf(parsed)
			if wantOK := err == nil && want.Valid(); wantOK != (why == "") || wantOK && got != want {
				t.Fatalf("%s %q: %v %q, want %v %v", layout, s, got, why, want, err)
			}
			if again, _, why2 := r.read([]byte(s)); again != got || why2 != why {
				t.Fatalf("%q: read twice: %v then %v", s, got, again)
			}
		}
	})
}

// TestZones walks local times over years of several zones, also odd ones, and
// holds every answer against the definition: the moments at which the zone's
// clocks show that time.
func TestZones(t *testing.T) {
	for _, name := range []string{"Europe/Copenhagen", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca", "UTC"} {
		place, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		z := &zone{place: place}
		for _, year := range []int{1986, 2011, 2014, 2030} {
			start := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
			for local := start; local < start+366*86400; local += 1800 - 60 {
				want := momentsOf(place, local)
				got, outcome := z.unix(local)
				if len(want) == 0 && outcome != localNever ||
					len(want) == 1 && (outcome != localOnce || got != want[0]) ||
					len(want) > 1 && (outcome != localTwice || got != want[0]) {
					t.Fatalf("%s %s: %d %d, want %v", name, time.Unix(local, 0).UTC(), got, outcome, want)
				}
			}
		}
	}
}

// momentsOf tries every offset that a zone may have, in steps of 15 minutes.
func momentsOf(place *time.Location, local int64) (out []int64) {
	for offset := int64(15 * 3600); offset >= -15*3600; offset -= 900 {
		u := local - offset
		if _, o := time.Unix(u, 0).In(place).Zone(); int64(o) == offset {
			out = append(out, u)
		}
	}
	return out
}

// TestZoneAgreesWithParseInLocation compares with the standard library wherever
// a local time names one moment.
func TestZoneAgreesWithParseInLocation(t *testing.T) {
	r := reader(t, "Europe/Copenhagen", isoLayout)
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 50_000 {
		s := time.Unix(rnd.Int64N(4e9)-1e9, 0).UTC().Format(isoLayout)
		got, flags, why := r.read([]byte(s))
		if flags != 0 || why != "" {
			continue
		}
		want, err := time.ParseInLocation(isoLayout, s, r.zone.place)
		if err != nil || got != city.InstantOf(want) {
			t.Fatalf("%s: %s, want %s", s, got, want.UTC())
		}
	}
}

func TestUnixAndOtherLayouts(t *testing.T) {
	for _, c := range []struct{ format, text, want string }{
		{"unix", "1407715200", "2014-08-11T00:00:00Z"},
		{"unix", "1407715200.25", "2014-08-11T00:00:00.25Z"},
		{"unix-ms", "1407715200123", "2014-08-11T00:00:00.123Z"},
		{"1/2/2006 15:04", "8/11/2014 0:05", "2014-08-11T00:05:00Z"},
		{"02.01.2006 15:04:05 -0700", "11.08.2014 02:00:00 +0200", "2014-08-11T00:00:00Z"},
	} {
		got, _, why := reader(t, "UTC", c.format).read([]byte(c.text))
		if why != "" || got.String() != c.want {
			t.Errorf("%s %s: %s %s", c.format, c.text, got, why)
		}
	}
	for _, bad := range []string{"", "15:04", "01-02 15:04", "January 2006"} {
		if _, ok := formatOf(bad); ok {
			t.Errorf("format %q has no date and was accepted", bad)
		}
	}
}

func TestUnits(t *testing.T) {
	for _, c := range []struct {
		v        float64
		from, to city.Unit
		want     float64
	}{
		{10, "MTS", "KMH", 36}, {36, "KMH", "MTS", 10}, {1.5, "KMT", "MTR", 1500}, {100, "CEL", "FAH", 212}, {212, "FAH", "CEL", 100},
		{0, "CEL", "KEL", 273.15}, {32, "FAH", "KEL", 273.15}, {50, "P1", "C62", 0.5}, {2, "MIN", "SEC", 120}, {7, "KMH", "KMH", 7}, {3, "XYZ", "XYZ", 3},
	} {
		conv, ok := conversionOf(c.from, c.to)
		if got := conv.apply(c.v); !ok || math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%v %s = %v %s, want %v", c.v, c.from, got, c.to, c.want)
		}
	}
	for _, c := range [][2]city.Unit{{"KMH", "MTR"}, {"XYZ", "KMH"}, {"CEL", "P1"}} {
		if _, ok := conversionOf(c[0], c[1]); ok {
			t.Errorf("%s was converted to %s", c[0], c[1])
		}
	}
}

func TestInternedMemoryIsBounded(t *testing.T) {
	x := texts{map[string]string{}}
	for i := range 3 * maxInternedTexts {
		if s := strconv.Itoa(i); x.text([]byte(s)) != s {
			t.Fatal("wrong text")
		}
	}
	if len(x.known) > maxInternedTexts {
		t.Errorf("%d texts are remembered", len(x.known))
	}
}
