package admin

import (
	"context"
	"io"
	"time"

	"citybrain/catalog"
	"citybrain/city"
)

// Feeds tells of the ways in.
type Feeds interface {
	// Feeds lists every feed of the city, ordered by id.
	Feeds(ctx context.Context) ([]Feed, error)
}

// Feed is one way in and how it is doing.
type Feed struct {
	ID       city.FeedID
	Title    city.Names // empty: people read its id
	Agency   city.AgencyID
	Observed bool   // readings with a time; otherwise reference data
	Way      string // "file" or "push"
	Type     city.EntityType
	State    FeedState
	Progress city.Progress // summed over the lanes
	// Late counts the readings that came too late for the rules.
	Late int64
	// Lag is how far the latest observation stands behind the city's clock; 0 if
	// there is none. Rows of reference data are not observations.
	Lag time.Duration
	// Stale says that the feed has been silent for longer than its stale rule
	// allows, StaleEntities how many of its entities are.
	Stale         bool
	StaleEntities int
	Entities      int
	// Error is why the feed has failed, written for the person who reads it.
	Error string
}

// Sound says whether the feed does what it should: it has not failed and is not
// silent for too long.
func (f *Feed) Sound() bool { return f.State != FeedFailed && !f.Stale }

// FeedState says what a feed is doing.
type FeedState string

// The states of a feed.
const (
	FeedWaiting FeedState = "waiting" // has not begun, or nothing has been pushed
	FeedRunning FeedState = "running"
	FeedEnded   FeedState = "ended" // read to its end, or to the end of the window
	FeedFailed  FeedState = "failed"
)

// Pusher takes rows that somebody sends.
type Pusher interface {
	// Push reads rows in the feed's format until the end of body. The result
	// counts what has been taken even if the error is not nil; rows taken are
	// durable. NotFound if there is no such feed, Conflict if nothing may be
	// pushed to it.
	Push(ctx context.Context, feed city.FeedID, contentType string, body io.Reader) (PushResult, error)
	// Resubmit takes one corrected row in the place of a quarantined one.
	Resubmit(ctx context.Context, row QuarantinedRow, raw string) (city.RowClass, string, error)
}

// PushResult says what became of pushed rows.
type PushResult struct {
	Rows   int64
	Counts [city.RowClasses]int64
	// Rejected are the first rows that went to quarantine.
	Rejected []RejectedRow
}

// RejectedRow is a row of a request that went to quarantine.
type RejectedRow struct {
	Row    int64 // from 1 in the request
	Reason string
}

// Quarantine keeps the rows that could not be applied.
type Quarantine interface {
	// Quarantine lists rows in the order of their ids; fewer than the limit
	// means that there are no more.
	Quarantine(ctx context.Context, f QuarantineFilter) ([]QuarantinedRow, error)
	// QuarantineRow is the row with an id, or NotFound.
	QuarantineRow(ctx context.Context, id int64) (QuarantinedRow, error)
	// MarkResubmitted notes the result; Conflict if the row was marked before.
	MarkResubmitted(ctx context.Context, id int64, at city.Instant, result string) error
}

// QuarantinedRow is a source row that could not be applied.
type QuarantinedRow struct {
	ID            int64
	Feed          city.FeedID
	Run           uint64
	Row           int64
	ReceivedAt    city.Instant
	Reason        string
	Raw           string
	ResubmittedAt city.Instant
	Result        string
}

// QuarantineFilter selects rows; a zero value does not filter.
type QuarantineFilter struct {
	Feed  city.FeedID
	Open  bool  // only rows that have not been resubmitted
	After int64 // rows with an id above
	Limit int
}

// Situations are what the rules found.
type Situations interface {
	// Situations lists latest raised first, then by id descending; fewer than
	// the limit means that there are no more.
	Situations(ctx context.Context, f SituationFilter) ([]city.Situation, error)
	// Situation is the one with an id, or NotFound.
	Situation(ctx context.Context, id city.SituationID) (city.Situation, error)
}

// SituationFilter selects situations; a zero value does not filter.
type SituationFilter struct {
	Types    []string
	Rule     city.RuleID
	State    string // "up" or "cleared"
	Entity   city.EntityID
	Severity city.Severity // the least
	// Announced is "true" or "false"; Suppressed the first way.
	Announced  string
	Suppressed city.SuppressedBy
	// During keeps situations that were up at some moment of the interval.
	During city.Interval
	Near   *Circle
	Box    *[2]city.Point // south-west and north-east
	// After continues behind the last situation of the page before.
	After *SituationCursor
	Limit int
}

// Circle is a place within a distance.
type Circle struct {
	At     city.Point
	Metres float64
}

// SituationCursor stands behind one situation of an answer.
type SituationCursor struct {
	RaisedAt city.Instant
	ID       city.SituationID
}

// City describes the city that is served. It does not change while it is.
type City struct {
	Name      city.Names
	Note      city.Names
	TimeZone  string
	Languages []string
	Center    city.Point
	Zoom      float64
	Low, High city.Point
	// Simulated says that the city is made up by sim/.
	Simulated bool
	Posts     []city.Post
	Agencies  []city.Agency
	Packs     []Pack
	Rules     []Rule
	Kinds     []Kind
	Standards []*catalog.Standard // in the order of their types
}

// Pack is a scenario that the city has enabled.
type Pack struct {
	Name    string
	Title   city.Names
	Version string
}

// Rule is a rule of a pack.
type Rule struct {
	ID       city.RuleID
	Title    city.Names
	Entity   city.EntityType // the type it looks at
	Severity city.Severity
	// Reasons are what people read instead of a reason that is the rule's own.
	Reasons map[string]city.Names
}

// Kind is a kind of case.
type Kind struct {
	ID    string
	Title city.Names
}

// Log tells of the log of the city.
type Log interface {
	LogStatus(ctx context.Context) (LogStatus, error)
}

// LogStatus is how much is in the log and how much may be.
type LogStatus struct {
	First, Last city.Position // the first is the one after what was trimmed
	Bytes       int64
	MaxBytes    int64         // 0: no limit
	MaxAge      time.Duration // 0: no limit
	Sync        string        // "always", or the interval of syncing
	Consumers   []Consumer    // ordered by name
}

// Consumer is a part that follows the log.
type Consumer struct {
	Name string
	// Checkpoint is the position up to which the part needs the log no more.
	Checkpoint city.Position
}
