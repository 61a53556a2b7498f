// Package pattern finds patterns in the events of one subject: a sequence of
// steps, so many repeats within a time, a stay in a place.
//
// Sequence, Repeat and Dwell are shapes: checked once when rules are loaded, and
// shared. SequenceState, RepeatState and DwellState are what is remembered of one
// subject; their zero values are empty and ready. All are functions of their
// arguments alone: no clock, no chance. Events are seen in the order of their
// instants; See says false for one that goes back, and changes nothing. What a
// late event would have changed is found by replaying, above this package.
//
// # Instants
//
// Events of one instant have no order among themselves: whatever the order in
// which they are seen, and however often, the result is the same (but that Repeat
// counts each). So "then" means at a later instant. What time brings — a match of
// what did not come, the end of a stay — is brought by Fire, which the caller
// calls at the instant that Next names, after all events of that instant: an
// event at the very instant of a deadline still prevents it. See brings what was
// due before its event, so a caller that calls Fire late loses nothing.
//
// # Which partial matches there are
//
// A sequence skips till the next match: events that hit no awaited step are passed
// over, and the first event that hits the awaited step is taken (SASE+: Agrawal
// et al., Efficient Pattern Matching over Event Streams, SIGMOD 2008; Flink's
// followedBy). An event is taken by every open partial match that awaits it, and
// each partial match goes one way only. Choice says which partial matches are
// open:
//
//   - Latest: for each step the latest partial match that has come so far. A, A,
//     B gives one match, of the second A.
//   - Earliest: for each step the earliest that is still open: no other starts or
//     catches up as long as it waits there. A, A, B gives one match, of the first.
//   - Each: every event that hits the first step opens one, Max at most; the
//     oldest one goes when there would be more, and is counted (Dropped). A, A, B
//     gives two matches. (Flink's AfterMatchSkipStrategy.noSkip.)
//
// A step with Not forbids: between two other steps it must not be hit strictly
// between their instants; as the last one it must not be hit after the step before
// it, up to and including the deadline, and the match is at the deadline.
package pattern
