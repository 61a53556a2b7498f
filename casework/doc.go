// Package casework drives the joint response to what is wrong in the city until
// it is closed: cases, the tasks of the agencies on them, the moves that people
// and procedures make, and who may make which.
//
// Transition is the heart: a pure function of state, command and time. A Desk
// is the thin caller around it that loads, saves and announces. Records are
// kept by store/sqlstore, files of evidence by store/filestore, the proof of
// every move by ledger. Procedures are the files of a pack that say which
// situation opens which case.
package casework
