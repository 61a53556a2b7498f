package history

import (
	"context"
	"fmt"
	"strings"

	"citybrain/city"
)

// Segment is one sealed file of the past. Within a type and day, parts are
// numbered from 1; where two parts hold the same instance, the later part wins.
type Segment struct {
	Type city.EntityType
	Day  city.Day
	Part int
	// UpTo is the log position up to which all readings of Type and Day are
	// in this part or an earlier one.
	UpTo   city.Position
	Rows   int64
	Bytes  int64
	SHA256 [32]byte
	Min    city.Instant // moment of the earliest reading
	Max    city.Instant // moment of the latest reading, included
}

// File is where the segment lies, relative to the folder of the past.
func (s *Segment) File() string {
	return escape(string(s.Type)) + "/" + fmt.Sprintf("%s.%d.parquet", s.Day, s.Part)
}

// Manifest names the segments that are part of the past. A file that it does
// not name does not exist for readers.
type Manifest interface {
	// Segments lists all segments by type, day and part.
	Segments(ctx context.Context) ([]Segment, error)
	// AddSegment enters a segment; it is durable when the call returns. Adding
	// the same segment again changes nothing; adding a different one under a
	// type, day and part that exist is a Conflict.
	AddSegment(ctx context.Context, s Segment) error
}

// escape makes a folder name of a type: letters, digits, - and _ stay, every
// other byte becomes %XX. The empty type is "%". Names too long for a file
// system are cut and told apart by a hash.
func escape(name string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if strings.IndexByte(plain, name[i]) >= 0 {
			b.WriteByte(name[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", name[i])
		}
	}
	switch s := b.String(); {
	case s == "":
		return "%"
	case len(s) > maxFolderName:
		return s[:maxFolderName-33] + "~" + hashName(name)
	default:
		return s
	}
}
