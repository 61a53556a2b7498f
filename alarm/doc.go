// Package alarm decides what people are told of the situations that the rules
// find: alarm hygiene (告警治理). It decides what is announced, never what is
// recorded.
//
// The words are those of Prometheus' Alertmanager (grouping, inhibition,
// silences, repeat interval) and of ANSI/ISA-18.2 and EEMUA 191 (suppressed by
// design, shelved, chattering and fleeting alarms, re-alarming). The manual of
// the files is docs/alarms.md.
//
// A Panel is a function of three inputs: the situations in the order of their
// changes, the clock of the log's batches, and the commands of people, each with
// the position in the log behind which it was given. It reads no clock, no model
// and no record: the same inputs give the same standings with the same numbers,
// whatever the number of workers and whenever the process was started again. Its
// state is stored with the state of the rules, as of the same position.
//
// What a standing means to others is their affair: store/ keeps it, api/ shows
// it, app/ opens cases by what is announced.
package alarm
