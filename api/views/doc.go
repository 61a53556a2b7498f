// Package views serves what the first page of the console is drawn from: the
// city's figures, the layers of its map, and its base map.
package views
