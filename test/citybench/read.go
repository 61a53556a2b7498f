package citybench

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"citybrain/city"
)

// Load reads the folders citybench/ and aarhus/ of the real data. Both garages
// start at a row of theirs, such as GarageStart.
func Load(dir string, garageRow int) (*Dataset, error) {
	d := &Dataset{Events: map[string][]city.Point{}, segments: map[string]segment{}, garageRow: garageRow}
	steps := []func(string) error{d.loadSegments, d.loadEvents, d.loadTraffic, d.loadPollution, d.loadGarages, d.loadWeather, d.loadWalker}
	for _, step := range steps {
		if err := step(dir); err != nil {
			return nil, fmt.Errorf("citybench: %w", err)
		}
	}
	return d, nil
}

// open reads a file, unpacked if it is packed.
func open(path string) (io.Reader, func(), error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	if !strings.HasSuffix(path, ".gz") {
		return f, func() { f.Close() }, nil
	}
	z, err := gzip.NewReader(f)
	return z, func() { f.Close() }, err
}

// lines reads a file of rows: its columns, and the rows from first on for which
// keep holds (all of them if nil). first counts the rows that are kept.
func lines(path string, header bool, first int, keep func(string) bool) (columns []string, rows []string, err error) {
	r, shut, err := open(path)
	if err != nil {
		return nil, nil, err
	}
	defer shut()
	in, n := bufio.NewScanner(r), 0
	for in.Scan() {
		row := strings.TrimSuffix(in.Text(), "\r")
		switch {
		case header && columns == nil:
			columns = strings.Split(row, ",")
			continue
		case row == "" || keep != nil && !keep(row):
			continue
		}
		if n++; n >= first {
			rows = append(rows, row)
		}
	}
	return columns, rows, in.Err()
}

// table reads a whole CSV file, each row by the names of its columns.
func table(path string) ([]map[string]string, error) {
	r, shut, err := open(path)
	if err != nil {
		return nil, err
	}
	defer shut()
	all, err := csv.NewReader(r).ReadAll()
	if err != nil || len(all) == 0 {
		return nil, fmt.Errorf("%s: no rows: %w", path, err)
	}
	var out []map[string]string
	for _, rec := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[strings.TrimPrefix(name, "\ufeff")] = rec[i]
		}
		out = append(out, row)
	}
	return out, nil
}

func number(text string) (float64, error) { return strconv.ParseFloat(strings.TrimSpace(text), 64) }

// fields picks columns of rows that quote nothing.
type fields []int

func fieldsOf(columns []string, names ...string) (fields, error) {
	var out fields
	for _, name := range names {
		at := -1
		for i, c := range columns {
			if c == name {
				at = i
			}
		}
		if at < 0 {
			return nil, fmt.Errorf("there is no column %s in %v", name, columns)
		}
		out = append(out, at)
	}
	return out, nil
}

// numbers are the values of the columns in a row.
func (f fields) numbers(row string) ([]float64, error) {
	cells := strings.Split(row, ",")
	out := make([]float64, len(f))
	for i, at := range f {
		if at >= len(cells) {
			return nil, fmt.Errorf("%q has %d columns", row, len(cells))
		}
		v, err := number(cells[at])
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// observed gives the values of columns as attributes of these names.
func observed(f fields, names ...city.AttributeName) parser {
	return func(row string) ([]city.Attribute, error) {
		values, err := f.numbers(row)
		if err != nil {
			return nil, err
		}
		out := make([]city.Attribute, len(names))
		for i, name := range names {
			out[i] = city.Attribute{Name: name, Value: city.NumberOf(values[i])}
		}
		return out, nil
	}
}

// reference is an entity that is known before the streams begin.
func (d *Dataset) reference(kind city.EntityType, id city.EntityID, attributes ...city.Attribute) {
	for i := range attributes {
		attributes[i].ReceivedAt = known
	}
	d.Reference = append(d.Reference, city.Change{
		Op: city.OpObserve, Entity: id, Type: kind, Source: "reference", At: known, ReceivedAt: known, Attributes: attributes,
	})
}

// known is when reference data was learned: long before the first observation.
const known = city.Instant(1e15)

func fixed(name city.AttributeName, v city.Value) city.Attribute {
	return city.Attribute{Name: name, Value: v, Source: "reference"}
}

func pointOf(lon, lat string) (city.Point, error) {
	x, err := number(lon)
	if err != nil {
		return city.Point{}, err
	}
	y, err := number(lat)
	return city.Point{Lon: x, Lat: y}, err
}

func (d *Dataset) loadEvents(dir string) error {
	for kind, file := range map[string]string{LibraryEvents: "library_events.json", CulturalEvents: "cultural_events.json"} {
		data, err := os.ReadFile(filepath.Join(dir, "aarhus", file))
		if err != nil {
			return err
		}
		var list []struct {
			ID                  string
			Latitude, Longitude float64
		}
		if err := json.Unmarshal(data, &list); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for _, e := range list {
			p := city.Point{Lon: e.Longitude, Lat: e.Latitude}
			d.Events[kind] = append(d.Events[kind], p)
			d.reference(city.EntityType(kind), city.EntityID(kind+":"+e.ID),
				fixed("location", city.GeoOf(city.PointPlace(p))), fixed("latitude", city.NumberOf(p.Lat)), fixed("longitude", city.NumberOf(p.Lon)))
		}
	}
	return nil
}
