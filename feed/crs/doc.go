// Package crs brings positions to WGS 84 and back. It is the only place of the
// program that converts coordinates.
//
// GCJ-02 is the offset system of Chinese maps, BD-09 Baidu's on top of it; both
// are computed by their published approximations. The inverse is found by
// iteration on the forward formula and is exact to less than 1e-9 degrees.
// CGCS2000 (GB 22021) and WGS 84 differ by a few centimetres, below what the
// sensors of a city resolve: it is taken as WGS 84 without change.
package crs
