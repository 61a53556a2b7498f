// Package city is the vocabulary of City Brain: identifiers, instants, places,
// values, entities, changes, situations and the closed list of error kinds.
//
// Every other room imports city; city imports nothing of ours. It holds types
// and the pure functions that belong to them, no input, output or clock.
//
// Terms follow ETSI GS CIM 009 (NGSI-LD) for entity, attribute, property,
// relationship and observedAt. The JSON forms of these types live in
// internal/wire and api/, their log form in bus/.
package city
