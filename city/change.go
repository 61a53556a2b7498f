package city

// Op is what a change does.
type Op uint8

// The operations of the log. Numbers are part of the data on disk.
const (
	// OpObserve merges attributes into an entity and creates it if it is not
	// there. An attribute older than the present's goes to the past only.
	OpObserve Op = iota + 1
	// OpCreate creates an entity; Conflict if it exists.
	OpCreate
	// OpUpdate merges attributes into an entity; NotFound if it does not exist.
	OpUpdate
	// OpReplace puts an entity in the place of one with the same id, or creates it.
	OpReplace
	// OpDelete removes an entity; NotFound if it does not exist.
	OpDelete
	// OpDeleteAttribute removes the attributes named in Attributes.
	OpDeleteAttribute
	// OpQuarantine records a source row that could not be applied.
	OpQuarantine
	// OpOutside counts a source row outside the replayed window.
	OpOutside
	// OpPatch is OpUpdate restricted to attributes the entity has; the others
	// are reported and nothing is applied for them.
	OpPatch
	// OpAmend is OpPatch that keeps what it does not state of an attribute: the
	// unit of a number and the attributes of the attribute. The writer completes
	// it to OpPatch, which is what stands in the log.
	OpAmend
)

// Change is one accepted alteration of the city, the unit of the log.
// A change in the log is immutable and may be shared.
type Change struct {
	Op     Op
	Flags  Flags // set by the quality rules
	Entity EntityID
	Type   EntityType
	Source SourceID
	// At is the observation time of the reading: of the row for a feed, the
	// latest ObservedAt of the attributes for an interface, ReceivedAt if none
	// is stated.
	At         Instant
	ReceivedAt Instant
	Attributes []Attribute
	// Row is the number of the source row, 1 for the first after a header, 0
	// where there is no numbering (pushed data).
	Row int64
	// Reason and Raw are set for OpQuarantine: which field and rule, and the row.
	Reason string
	Raw    string
	// Header goes in front of Raw should the row be quarantined: the columns of
	// a CSV row and the end of their line. It is not in the log.
	Header string
}

// Lane is the lane that applies c. Rows without an entity (quarantined, outside
// the window) go by source.
func (c *Change) Lane() int {
	if c.Entity == "" {
		return LaneOf(EntityID(c.Source))
	}
	return LaneOf(c.Entity)
}

// RowClass is what became of a source row. Each row ends in exactly one.
type RowClass uint8

// The classes of a source row.
const (
	RowApplied RowClass = iota
	RowFlagged
	RowDuplicate
	RowQuarantined
	RowOutside
	RowClasses
)

var rowClassNames = [RowClasses]string{"applied", "flagged", "duplicate", "quarantined", "outside"}

// String is the name of the class in the API.
func (c RowClass) String() string { return rowClassNames[c] }

// Progress says how far one lane has taken a feed, and what became of the rows
// since the progress before. It is written in the same batch as those rows.
type Progress struct {
	Feed FeedID
	// Run names one reading of the feed from its first row: file content and
	// window. When it changes, counting starts anew.
	Run    uint64
	Lane   uint8
	Row    int64 // the last row of this lane, 0 for pushed rows
	Counts [RowClasses]int64
	LastAt Instant // latest observation time
	At     Instant // city clock
}

// Batch is one message of the log: what a writer accepted together.
type Batch struct {
	// Clock is the city's clock when the batch was written.
	Clock Instant
	// Tick says that what was sent to the writer before the tick stands before
	// this batch in the log, and what was sent after it behind. Only ticks move
	// the rules' time, to Clock.
	Tick     bool
	Changes  []Change
	Progress []Progress
}
