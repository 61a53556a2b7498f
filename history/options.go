package history

import "time"

// Options tune the past. The zero value of a field means its default.
type Options struct {
	// SealAfter is how long after its end a day stays open for late readings,
	// and how long late readings of a sealed day wait for more of them.
	SealAfter time.Duration
	// MaxTailRows of one type and day are sealed early.
	MaxTailRows int
	// MaxTailBytes of the whole tail: beyond it the largest days are sealed early.
	MaxTailBytes int64
	// CacheBytes bounds what is kept of sealed segments for reading.
	CacheBytes int64
	// At is called at named points of sealing, see Point. An error stops the
	// sealing there, as a crash would. For tests.
	At func(Point) error
}

// Defaults of Options.
const (
	DefaultSealAfter    = time.Hour
	DefaultMaxTailRows  = 500_000
	DefaultMaxTailBytes = 128 << 20
	DefaultCacheBytes   = 24 << 20
)

func (o Options) withDefaults() Options {
	if o.SealAfter <= 0 {
		o.SealAfter = DefaultSealAfter
	}
	if o.MaxTailRows <= 0 {
		o.MaxTailRows = DefaultMaxTailRows
	}
	if o.MaxTailBytes <= 0 {
		o.MaxTailBytes = DefaultMaxTailBytes
	}
	if o.CacheBytes <= 0 {
		o.CacheBytes = DefaultCacheBytes
	}
	if o.At == nil {
		o.At = func(Point) error { return nil }
	}
	return o
}

// Point is a place in sealing at which a test can let it fail.
type Point string

// The points, in their order.
const (
	WhileWriting   Point = "while-writing"
	BeforeRename   Point = "before-rename"
	AfterRename    Point = "after-rename"
	BeforeManifest Point = "before-manifest"
	AfterManifest  Point = "after-manifest"
)
