package reference

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the zone of Aarhus, also on a machine without zone files
)

// The files of the folder.
const (
	trafficFile  = "traffic.csv.gz"
	segmentFile  = "traffic_sensors.csv"
	parkingFile  = "parking.csv.gz"
	garageFile   = "garages.csv"
	weatherFile  = "weather.csv"
	libraryFile  = "library_events.json"
	culturalFile = "cultural_events.json"
)

type position struct{ lat, lon float64 }

type passage struct {
	at       int64
	speed    float64
	vehicles float64
}

type segment struct {
	id       string
	ends     [2]position
	freeFlow float64
	passages []passage
}

type occupancy struct {
	at       int64
	vehicles float64
	spaces   float64
	capacity bool // more vehicles than spaces
	stuck    bool
	faulty   bool // the garage is marked faulty after this reading
}

type garage struct {
	code     string
	at       position
	readings []occupancy
}

type event struct {
	id     string
	at     position
	starts int64
}

type cityRows struct {
	rows     []Rows
	segments []*segment
	garages  []*garage
	events   []event
	parking  Rows // without the flagged, which the quality rules find later
}

func read(folder string, w Window) (*cityRows, error) {
	copenhagen, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		return nil, err
	}
	c := &cityRows{}
	return c, errors.Join(
		c.readSegments(filepath.Join(folder, segmentFile)),
		c.readGarages(filepath.Join(folder, garageFile)),
		c.readEvents(filepath.Join(folder, libraryFile), copenhagen),
		c.readEvents(filepath.Join(folder, culturalFile), copenhagen),
		c.readTraffic(filepath.Join(folder, trafficFile), w),
		c.readParking(filepath.Join(folder, parkingFile), w, copenhagen),
		c.readWeather(filepath.Join(folder, weatherFile), w, copenhagen),
	)
}

// eachRow calls fn with the cells of each row by column name.
func eachRow(path string, fn func(cell func(column string) string)) (int, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
	}
	table := csv.NewReader(in)
	table.ReuseRecord = true
	header, err := table.Read()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	column := map[string]int{}
	for i, name := range header {
		column[name] = i
	}
	for n := 0; ; n++ {
		row, err := table.Read()
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, fmt.Errorf("%s: %w", path, err)
		}
		fn(func(name string) string {
			i, ok := column[name]
			if !ok {
				panic(path + " has no column " + name)
			}
			return row[i]
		})
	}
}

func (c *cityRows) readSegments(path string) error {
	count := Rows{File: segmentFile}
	n, err := eachRow(path, func(cell func(string) string) {
		lat1, ok1 := number(cell("POINT_1_LAT"))
		lon1, ok2 := number(cell("POINT_1_LNG"))
		lat2, ok3 := number(cell("POINT_2_LAT"))
		lon2, ok4 := number(cell("POINT_2_LNG"))
		free, ok5 := number(cell("NDT_IN_KMH"))
		if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
			count.Quarantined++
			return
		}
		count.Applied++
		c.segments = append(c.segments, &segment{id: cell("REPORT_ID"), freeFlow: free, ends: [2]position{{lat1, lon1}, {lat2, lon2}}})
	})
	count.Total = n
	c.rows = append(c.rows, count)
	return err
}

func (c *cityRows) readGarages(path string) error {
	count := Rows{File: garageFile}
	n, err := eachRow(path, func(cell func(string) string) {
		lat, ok1 := number(cell("latitude"))
		lon, ok2 := number(cell("longitude"))
		if !ok1 || !ok2 {
			count.Quarantined++
			return
		}
		count.Applied++
		c.garages = append(c.garages, &garage{code: cell("garagecode"), at: position{lat, lon}})
	})
	count.Total = n
	c.rows = append(c.rows, count)
	return err
}

func (c *cityRows) readEvents(path string, zone *time.Location) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var listed []struct {
		ID        string
		Starts    string
		Latitude  float64
		Longitude float64
	}
	if err := json.Unmarshal(text, &listed); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	count := Rows{File: filepath.Base(path), Total: len(listed)}
	for _, e := range listed {
		starts, ok := local(e.Starts, zone)
		if !ok {
			count.Quarantined++
			continue
		}
		count.Applied++
		c.events = append(c.events, event{id: e.ID, at: position{e.Latitude, e.Longitude}, starts: starts})
	}
	c.rows = append(c.rows, count)
	return nil
}

type reading struct {
	of string
	at int64
}

func (c *cityRows) readTraffic(path string, w Window) error {
	count := Rows{File: trafficFile}
	seen := map[reading]bool{}
	segments := map[string]*segment{}
	for _, s := range c.segments {
		segments[s.id] = s
	}
	n, err := eachRow(path, func(cell func(string) string) {
		at, okAt := local(cell("TIMESTAMP"), time.UTC)
		speed, okSpeed := number(cell("avgSpeed"))
		vehicles, okVehicles := number(cell("vehicleCount"))
		s := segments[cell("REPORT_ID")]
		key := reading{cell("REPORT_ID"), at}
		switch {
		case !okAt || !okSpeed || !okVehicles || s == nil:
			count.Quarantined++
		case !w.holds(at):
			count.Outside++
		case seen[key]:
			count.Duplicate++
		default:
			count.Applied++
			key.of = s.id // not the cell, which keeps the whole row in memory
			seen[key] = true
			s.passages = append(s.passages, passage{at, speed, vehicles})
		}
	})
	count.Total = n
	c.rows = append(c.rows, count)
	return err
}

func (c *cityRows) readParking(path string, w Window, zone *time.Location) error {
	c.parking.File = parkingFile
	seen := map[reading]bool{}
	n, err := eachRow(path, func(cell func(string) string) {
		at, okAt := local(cell("updatetime"), zone)
		vehicles, okVehicles := number(cell("vehiclecount"))
		spaces, okSpaces := number(cell("totalspaces"))
		g := c.garage(cell("garagecode"))
		key := reading{cell("garagecode"), at}
		switch {
		case !okAt || !okVehicles || !okSpaces || g == nil:
			c.parking.Quarantined++
		case !w.holds(at):
			c.parking.Outside++
		case seen[key]:
			c.parking.Duplicate++
		default:
			key.of = g.code
			seen[key] = true
			g.readings = append(g.readings, occupancy{at: at, vehicles: vehicles, spaces: spaces})
		}
	})
	c.parking.Total = n
	return err
}

func (c *cityRows) readWeather(path string, w Window, zone *time.Location) error {
	count := Rows{File: weatherFile}
	n, err := eachRow(path, func(cell func(string) string) {
		at, okAt := local(cell("TIMESTAMP"), zone)
		empty, wrong := 0, 0
		for _, column := range []string{"hum", "tempm", "wspdm"} {
			if cell(column) == "" {
				empty++
			} else if _, ok := number(cell(column)); !ok {
				wrong++
			}
		}
		switch {
		case !okAt || wrong > 0:
			count.Quarantined++
		case !w.holds(at):
			count.Outside++
		case empty == 3:
			count.Quarantined++
		case empty > 0:
			count.Flagged++
		default:
			count.Applied++
		}
	})
	count.Total = n
	c.rows = append(c.rows, count)
	return err
}

func (c *cityRows) garage(code string) *garage {
	for _, g := range c.garages {
		if g.code == code {
			return g
		}
	}
	return nil
}

func number(text string) (float64, bool) {
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}

// local reads a time without a zone, written with a T or a space between date
// and time of day.
func local(text string, zone *time.Location) (int64, bool) {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", strings.Replace(text, "T", " ", 1), zone)
	return t.UnixMicro(), err == nil
}
