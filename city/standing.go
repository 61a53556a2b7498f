package city

// SilenceID names a silence: its number in eight digits, such as 00000017.
type SilenceID string

// Standing is whether a situation is announced, and why it is not: what alarm
// hygiene decides of it. A situation is recorded in full whatever its standing.
type Standing struct {
	// Notice numbers all that is said of situations, from 1: each raise and
	// clear, each change of what is suppressed, each reminder. 0: nothing has
	// been decided.
	Notice uint64
	// Announced is the notice that announced the situation for the first time,
	// at AnnouncedAt; 0: it never was.
	Announced   uint64
	AnnouncedAt Instant
	// Suppressed says why it is not announced now, each way at most once, in the
	// order of the ways; empty: it is. Of a cleared situation it says how it was
	// in the end.
	Suppressed []Suppression
	// Group names the situations that were announced together with it; "": it was
	// announced by itself.
	Group string
	// Flapping says that it stands for others of its rule and entity, which are
	// raised and cleared again and again.
	Flapping bool
	// Reminders counts how often it was announced again because it was still up,
	// the last time at RemindedAt.
	Reminders  int
	RemindedAt Instant
}

// Suppression is one reason why a situation is not announced. Which fields are
// set depends on the way.
type Suppression struct {
	Way SuppressedBy
	// Rule is the entry of an alarm file that says so, as pack/entry; "" for a
	// silence.
	Rule string
	// Situation is the one that explains an inhibited one.
	Situation SituationID
	// Silence and its author.
	Silence SilenceID
	Author  AccountID
	// Group in which it waits.
	Group string
	// Since is when the flapping began, Changes how often it had changed when
	// this one was raised.
	Since   Instant
	Changes int
	// Until is when a silence ends, or a group is announced, if nothing else
	// happens; 0: that depends on other situations.
	Until Instant
}

// SuppressedBy is a way to suppress.
type SuppressedBy string

// The ways, in the order in which they are listed.
const (
	Silenced  SuppressedBy = "silenced"  // by a person, for a time
	Inhibited SuppressedBy = "inhibited" // a situation that is up explains it
	Flapping  SuppressedBy = "flapping"  // raised and cleared too often
	Grouped   SuppressedBy = "grouped"   // waits to be announced with others
)

// SuppressedWays lists every way, in their order.
var SuppressedWays = []SuppressedBy{Silenced, Inhibited, Flapping, Grouped}

// Quiet says whether the situation is not announced now.
func (s *Standing) Quiet() bool { return len(s.Suppressed) > 0 }
