// Package pages serves the files of the console as its build left them: pages
// that a browser asks for again each time, assets that it keeps for ever, and
// the headers that keep foreign scripts out.
package pages
