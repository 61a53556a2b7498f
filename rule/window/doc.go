// Package window keeps what rules remember of a stream of points: sliding,
// hopping, session and count windows, folded to one number.
//
// A Shape says what is kept and how it is folded; it is checked once, when rules
// are loaded, and shared. A State is one window of one subject: points go in
// with Add, the number comes out with Value. Both are functions of their
// arguments alone: no clock, no chance, so that the same points give the same
// numbers and the same bytes, also across AppendBinary and UnmarshalBinary.
//
// # Windows
//
// A window ends at an instant "now − Before" and is open on the left, closed on
// the right.
//
//   - Sliding: (end − Length, end].
//   - Hopping: the windows end at edges, the instants at which the wall clock of
//     Zone shows a whole multiple of Every since local midnight (of 7 days: since
//     Monday's). The value is that of the last window whose end is not after now:
//     its Length/Every last spans between edges. So a tumbling day is 23 hours
//     long when clocks go forward.
//   - Session: points no further than Gap apart belong together. The value is
//     that of the last session that began by now, whether it still runs or not.
//   - Readings: the last Size points at or before now.
//
// Sliding, hopping ("tumbling" where Every = Length) and session windows are
// those of Akidau et al., The Dataflow Model (VLDB 2015), but that intervals are
// closed on the right as in Prometheus 3 range selectors: a reading counts at its
// own instant.
//
// # Order
//
// Points may come out of order by Late: a point older than the newest one minus
// Late is refused. Lateness is measured against the newest point, not against a
// clock. Value is exact for every now from the newest point minus Late on;
// before that it may be unknown. Of points with one instant the first stands,
// unless Ties says otherwise.
//
// # Bounds
//
// A State holds at most Max entries, each a point, or several merged. Hopping and
// session windows merge only points that always count together, so they are
// exact however many points come; where more points than a quarter of Max fall
// within Late, the older of them are closed to late points, that is all. A
// sliding window with more than Max points merges points of one grain of time
// (Grain): its left end then reaches up to a grain further back, and with Before
// its right end up to a grain less far forward. Quantile, Median and Distinct
// cannot merge: Check refuses them where Length and Apart do not fit Max, and
// where a stream is denser than Apart said the value is unknown for as long as the
// window reaches over points that had no place (Lost counts them).
package window
