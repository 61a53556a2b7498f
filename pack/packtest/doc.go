// Package packtest runs the tests that stand in a pack: files of readings,
// clock steps and the situations and cases to be expected from them
// (packs/*/tests). It needs no server and no city; docs/rules.md and
// docs/pack-authors.md describe the files.
//
// Check finds mistakes in the files without running them. Run runs each test
// twice, the second time with the engine saved and restored before every step:
// both must find the same situations.
package packtest
