// Package detect finds what is unusual in one stream of numbers: robust
// z-score, seasonal baseline, EWMA and CUSUM charts, level shift, and EARS C1
// to C3. Rules use them by name (detector:, baseline:); the manual is the
// section "Detectors" of docs/rules.md.
//
// A detector is a State, a bounded memory of one subject, under a Shape that
// all subjects of a rule share. It is a function of the values added and their
// instants alone, so that the same log gives the same scores and a state that
// was written and read goes on as if nothing had happened.
//
// Each kind follows a publication, named in Params and About. EWMA, CUSUM,
// level shift, EARS C1 and C2 are tested against numbers printed there or by a
// reference implementation; for the others no worked example in print was at
// hand, so that they, too, are held against a slow and independent reading of
// the definition. Where a stream needs what the
// publication leaves open (constant history, periods without events, changes
// of the clocks), the doc comment of the kind says what is done.
package detect
