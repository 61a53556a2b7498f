// Package feed holds the ways in: rowfile reads files of rows, mapping turns a
// row into a change of the city, crs brings positions to WGS 84, replay takes
// files through time and push takes rows posted over HTTP.
//
// A feed never writes to the model itself: everything goes through the gate
// that app hands in. What a feed's columns mean stands in the city definition
// (cities/NAME/feeds), the fields it may fill in the packs' data standards.
package feed
