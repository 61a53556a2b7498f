package pack

import (
	"compress/gzip"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"citybrain/catalog"
	"citybrain/city"
)

// parkingRows gives the rows of the real parking feed as readings, in the order
// of the file.
func parkingRows(t *testing.T, zone *time.Location) []city.Change {
	t.Helper()
	f, err := os.Open(filepath.Join(os.Getenv("CITYBRAIN_DATA"), "aarhus", "parking.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []city.Change
	for _, r := range rows[1:] {
		at, err := time.ParseInLocation("2006-01-02 15:04:05", r[1], zone)
		if err != nil {
			t.Fatal(err)
		}
		occupied, _ := strconv.ParseFloat(r[0], 64)
		total, _ := strconv.ParseFloat(r[3], 64)
		out = append(out, city.Change{
			Op: city.OpObserve, Type: "OffStreetParking", Entity: city.EntityID(r[4]), Source: "parking", At: city.InstantOf(at),
			Attributes: []city.Attribute{
				{Name: "occupiedSpotNumber", Value: city.NumberOf(occupied)},
				{Name: "totalSpotNumber", Value: city.NumberOf(total)},
			},
		})
	}
	return out
}

type verdict struct{ capacity, stuck, faulty, judged int }

// judgeAll judges readings in order, each garage by itself, first wins.
func judgeAll(q *catalog.Quality, rows []city.Change, in city.Interval) map[city.EntityID]verdict {
	health, last := map[city.EntityID]city.Health{}, map[city.EntityID]city.Instant{}
	out := map[city.EntityID]verdict{}
	for i := range rows {
		c := &rows[i]
		if before, seen := last[c.Entity]; seen && c.At <= before {
			continue
		}
		last[c.Entity] = c.At
		value := func(name city.AttributeName) (city.Value, bool) {
			for _, a := range c.Attributes {
				if a.Name == name {
					return a.Value, true
				}
			}
			return city.Value{}, false
		}
		h, flags, _ := q.Judge(health[c.Entity], c, value, true)
		health[c.Entity] = h
		if !in.Contains(c.At) {
			continue
		}
		v := out[c.Entity]
		v.judged++
		v.capacity += bit(flags, city.FlagCapacity)
		v.stuck += bit(flags, city.FlagStuck)
		v.faulty += bit(flags, city.FlagFaulty)
		out[c.Entity] = v
	}
	return out
}

func bit(flags, flag city.Flags) int {
	if flags&flag != 0 {
		return 1
	}
	return 0
}

func TestKnownFaultsOfTheGaragesAreFound(t *testing.T) {
	if os.Getenv("CITYBRAIN_DATA") == "" {
		t.Skip("CITYBRAIN_DATA names no folder of real data")
	}
	c, fs := LoadCity("../cities/aarhus", "../packs")
	if err := fs.Err(); err != nil {
		t.Fatal(err)
	}
	rows := parkingRows(t, c.Zone)
	all := judgeAll(c.Quality, rows, city.Interval{})
	for garage, want := range map[city.EntityID]int{"BUSGADEHUSET": 3888, "NORREPORT": 630, "SKOLEBAKKEN": 1, "SALLING": 1, "BRUUNS": 0} {
		if got := all[garage]; got.capacity != want {
			t.Errorf("%s: %d of %d readings over capacity, want %d", garage, got.capacity, got.judged, want)
		}
	}
	window := city.Interval{From: city.InstantOf(time.Date(2014, 8, 11, 0, 0, 0, 0, time.UTC)), To: city.InstantOf(time.Date(2014, 9, 1, 0, 0, 0, 0, time.UTC))}
	august := judgeAll(c.Quality, rows, window)["SKOLEBAKKEN"]
	if august.faulty < 900 || august.stuck < 900 {
		t.Errorf("SKOLEBAKKEN in August: %+v, want nearly all readings stuck and faulty", august)
	}
	for garage, v := range judgeAll(&catalog.Quality{}, rows, window) {
		if v.capacity+v.stuck+v.faulty != 0 {
			t.Errorf("%s without quality rules: %+v", garage, v)
		}
	}
	t.Logf("August: %+v", judgeAll(c.Quality, rows, window))
}
