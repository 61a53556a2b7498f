package rowfile

import (
	"citybrain/feed/mapping"
)

// Format says how the bytes of a file make rows.
type Format struct {
	JSON      bool
	Delimiter byte // of CSV; 0 is a comma
	// Columns names the fields: of JSON, the members an object may have; of CSV
	// without a header, the columns in order; nil: the first row names them.
	Columns []string
	// Ignored are the columns whose values may be of any kind.
	Ignored []string
	// SpareUnknown makes a JSON object with a member that is not among Columns
	// one bad row. Otherwise it ends the reading: nobody knows what such a file is.
	SpareUnknown bool
}

// FormatOf is the format of the rows that a mapping expects.
func FormatOf(m *mapping.Mapping) Format {
	if m.Spec().Format == "json" {
		return JSONOf(m)
	}
	return CSVOf(m)
}

// CSVOf is the format of the mapping's rows written as CSV.
func CSVOf(m *mapping.Mapping) Format {
	return Format{Delimiter: m.Delimiter(), Columns: m.Spec().Columns}
}

// JSONOf is the format of the mapping's rows written as JSON; its fields are
// m.AllColumns.
func JSONOf(m *mapping.Mapping) Format {
	return Format{JSON: true, Columns: m.AllColumns(), Ignored: m.Ignored()}
}

// MaxRow bounds the length of one row. A longer one is marked bad and skipped
// without being kept.
const MaxRow = 1 << 20

// Options of a file.
type Options struct {
	// Follow keeps reading what is appended to the file. A packed file is not
	// followed.
	Follow bool
	// Block is the size in bytes of what is read at once, default 256 KB.
	Block int
}

const defaultBlock = 256 << 10

func (o Options) block() int {
	if o.Block <= 0 {
		return defaultBlock
	}
	return o.Block
}
