// Package report draws the page of a backtest: one HTML file that asks no other
// host for anything and holds no script. Maps and charts are SVG, drawn from the
// city's own geometry. All texts are escaped where they are put in.
//
// A page is a function of findings and language: the same findings give the same
// bytes.
package report
