// Package e2e holds the tests that build the program once and drive it as its
// users do: by command line, files, HTTP and kill -9. It knows nothing of the
// inside.
//
// Tests on real data need CITYBRAIN_DATA. Long ones are skipped with -short;
// each says so.
package e2e
