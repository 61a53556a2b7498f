// Package identitytest holds what every identity.Records must do, as a suite
// that each implementation runs, and a reference implementation in memory.
package identitytest
