// Package model is the present of the city: every entity with its latest
// attributes, in memory, indexed by id, type, place and relation; and the
// Writer, the only gate through which it changes.
//
// The present is a function of the log. A change is judged against the present,
// appended to the log, applied, and only then answered; so whoever got an
// answer reads what he wrote. It is rebuilt from a checkpoint of entities and
// the batches of the log after it.
//
// Entities follow ETSI GS CIM 009 clause 4.2. An attribute observed earlier
// never takes the place of one observed later; where one of both has no
// observation time, the one that came last stands.
//
// The past is in history/, the form of requests in api/ngsild, the judging of
// readings in catalog/.
package model
