// Package rule finds situations in the city's streams: it takes the batches of
// the log in order and says which situations were raised and cleared.
//
// Rules are written in YAML (Spec) with conditions in the syntax of CEL, the
// Common Expression Language (cel.dev), over the attributes of one entity.
// Compile checks them; an Engine runs them. The manual of the language is
// docs/rules.md.
//
// An engine is a function of the log and its rules: it reads no clock, no
// model and no file. It keeps its own copy, in event time, of the attributes
// that its rules name. Situations are stored by store/, shown by api/ and
// turned into cases by app/; quality rules, which set the flags that rules see
// as "faulty", belong to catalog/.
package rule
