// Package newcity writes the beginning of a city: a commented city definition
// with one CSV feed and one HTTP feed, and a small scenario pack that finds
// something in them, for citybrain city init. What it writes passes
// citybrain city check.
package newcity
