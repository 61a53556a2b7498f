// Package wire is the only importer of a JSON codec: encoding/json/v2 of the
// standard library (RFC 8259). It also holds the GeoJSON form of places
// (RFC 7946).
package wire
