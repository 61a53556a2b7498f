// Package ngsild is the NGSI-LD interface of the city's present and past (ETSI
// GS CIM 009), under /ngsi-ld/v1: entities, batches, a temporal read and types.
//
// What is not built answers 501 with a problem that names it; nothing in a
// request is dropped silently. Names are stored as given: contexts are accepted
// and not expanded. docs/api.md says which parts of the standard are here.
//
// Bodies are decoded token by token straight into changes, and answers are
// appended to bytes: no reflection and few allocations, because most of a
// city's values pass through here.
package ngsild
