package replay

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"slices"
	"strings"

	"citybrain/city"
	"citybrain/feed/mapping"
	"citybrain/feed/rowfile"
)

// Feed is a file and what its columns mean.
type Feed struct {
	Mapping *mapping.Mapping
	Path    string
}

// run names one reading of the file's content over a window by this mapping.
// It is the same after a restart, so that counted rows are passed over; when
// file, window or mapping changes, counting starts anew.
func (f Feed) run(content uint64, window city.Interval) uint64 {
	h := fnv.New64a()
	var b [8]byte
	for _, n := range []uint64{content, f.Mapping.Sum(), uint64(window.From), uint64(window.To)} {
		binary.LittleEndian.PutUint64(b[:], n)
		h.Write(b[:])
	}
	return h.Sum64()
}

// open binds the file's columns to the mapping.
func (f Feed) open(ctx context.Context, o rowfile.Options) (*rowfile.Reader, *mapping.Mapper, error) {
	r, err := rowfile.Open(f.Path, rowfile.FormatOf(f.Mapping), o)
	if err != nil {
		return nil, nil, err
	}
	x, err := r.Bind(f.Mapping)
	for errors.Is(err, rowfile.ErrIdle) {
		if err = r.Wait(ctx); err == nil {
			x, err = r.Bind(f.Mapping)
		}
	}
	if err != nil {
		r.Close()
		return nil, nil, err
	}
	return r, x, nil
}

// sorted is the feeds in the order of their ids, which settles ties of time.
func sorted(feeds []Feed) []Feed {
	out := slices.Clone(feeds)
	slices.SortStableFunc(out, func(a, b Feed) int {
		return strings.Compare(string(a.Mapping.Feed()), string(b.Mapping.Feed()))
	})
	return out
}
