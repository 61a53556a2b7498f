package crs

import "citybrain/city"

// System is a coordinate system of longitude and latitude in degrees.
type System uint8

// The systems that a source may use.
const (
	WGS84 System = iota
	CGCS2000
	GCJ02
	BD09
)

var names = [...]string{"WGS84", "CGCS2000", "GCJ-02", "BD-09"}

// String is the name used in mappings.
func (s System) String() string {
	if int(s) < len(names) {
		return names[s]
	}
	return ""
}

// Named is the system with a name; "" is WGS84.
func Named(name string) (System, bool) {
	if name == "" {
		return WGS84, true
	}
	for i, n := range names {
		if n == name {
			return System(i), true
		}
	}
	return WGS84, false
}

// Names lists the names of the systems.
func Names() []string { return names[:] }

// ToWGS84 is the position in WGS 84 of what the source writes as p. Positions
// outside China are the same in all systems (see Outside).
func (s System) ToWGS84(p city.Point) city.Point {
	switch s {
	case GCJ02:
		return gcjToWGS(p)
	case BD09:
		return bdToWGS(p)
	}
	return p
}

// FromWGS84 is how the system writes a position given in WGS 84.
func (s System) FromWGS84(p city.Point) city.Point {
	switch s {
	case GCJ02:
		return wgsToGCJ(p)
	case BD09:
		if Outside(p) {
			return p
		}
		return gcjToBD(wgsToGCJ(p))
	}
	return p
}
