// Package bench measures the program from outside and prints what it measured
// beside what the project wants to reach; it is behind "citybrain bench".
//
// It starts the same binary with "serve" on a loopback port and a temporary
// data folder and drives it over raw keep-alive connections (package driver).
// Load is bounded in time, requests and connections and goes to loopback only.
// Client and server share the machine, so an empty handler, measured in the
// same run, is the yardstick for single requests.
//
// Every figure is the median of several runs with its lowest and highest, and
// stands beside the number of requests that were refused or failed.
package bench
