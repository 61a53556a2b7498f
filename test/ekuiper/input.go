package ekuiper

import (
	"bufio"
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
)

// The files in the working folder.
const (
	rowsFile  = "rows.json"  // everything
	fewFile   = "few.json"   // its beginning, for the task with many rules
	tableFile = "table.json" // what is known of each sensor
)

// base is the time of the first row in milliseconds, just past the edge of a
// window, and edges is how many rows lie between two edges.
const (
	base  = 1407715200001
	edges = 9999
)

// timeOf is when row n was observed: a millisecond after the one before, but never
// on the edge of a window of ten seconds, which the two programs count
// differently. At this pace no sensor is silent for a whole window: a rule shows
// the value of a window with the next reading of the sensor.
func timeOf(n int) int64 { return base + int64(n+n/edges) }

// input is what both read.
type input struct {
	dir  string
	rows int
	few  int
	last int64 // time of the last row
	ids  []string
}

// write makes the input of the first rows of the traffic file, in its order.
func write(data, dir string, rows, few int) (*input, error) {
	in := &input{dir: dir, rows: rows, few: few}
	f, err := os.Open(filepath.Join(data, "aarhus", "traffic.csv.gz"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	all, err := os.Create(filepath.Join(dir, rowsFile))
	if err != nil {
		return nil, err
	}
	begin, err := os.Create(filepath.Join(dir, fewFile))
	if err != nil {
		return nil, err
	}
	if err := in.copy(csv.NewReader(z), all, begin); err != nil {
		return nil, err
	}
	return in, in.table(data)
}

func (in *input) copy(from *csv.Reader, all, begin *os.File) error {
	from.ReuseRecord = true
	head, err := from.Read()
	if err != nil {
		return err
	}
	column := map[string]int{}
	for i, name := range head {
		column[strings.Clone(name)] = i
	}
	out, beginning := bufio.NewWriterSize(all, 1<<20), bufio.NewWriter(begin)
	for n := range in.rows {
		row, err := from.Read()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("traffic.csv.gz has only %d rows", n)
		}
		if err != nil {
			return err
		}
		in.last = timeOf(n)
		line := fmt.Sprintf("{\"id\":%q,\"ts\":%d,\"speed\":%s,\"vehicles\":%s}\n",
			row[column["REPORT_ID"]], in.last, row[column["avgSpeed"]], row[column["vehicleCount"]])
		out.WriteString(line)
		if n < in.few {
			beginning.WriteString(line)
		}
	}
	return errors.Join(out.Flush(), beginning.Flush(), all.Close(), begin.Close())
}

// sensor is a row of the table.
type sensor struct {
	ID   string  `json:"id"`
	Road string  `json:"road"`
	Free float64 `json:"free"`
}

func (in *input) table(data string) error {
	f, err := os.Open(filepath.Join(data, "aarhus", "traffic_sensors.csv"))
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return err
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[strings.TrimPrefix(name, "\ufeff")] = i
	}
	out, err := os.Create(filepath.Join(in.dir, tableFile))
	if err != nil {
		return err
	}
	e := json.NewEncoder(out)
	for _, row := range rows[1:] {
		free, err := strconv.ParseFloat(row[column["NDT_IN_KMH"]], 64)
		if err != nil {
			return err
		}
		s := sensor{row[column["REPORT_ID"]], row[column["POINT_1_STREET"]], free}
		in.ids = append(in.ids, s.ID)
		if err := e.Encode(s); err != nil {
			return err
		}
	}
	return out.Close()
}
