// Package land is the ground plan of the example city: river and island, lake
// and parks, streets with their junctions, blocks, buildings, districts, and the
// railway with the underpasses below it.
//
// The plan is the same for every seed of the simulation. It is drawn in metres
// on a plane around the city's centre and put on the map at a place in the open
// sea, so that no real place is claimed to look like this. Basemap is its
// GeoJSON form (RFC 7946), which lies in the city definition.
package land
