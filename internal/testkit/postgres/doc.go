// Package postgres starts a private PostgreSQL server for tests: in a temporary
// folder, reached by a socket in it, with the server's own defaults for syncing.
//
// A test binary starts one server, when the first test asks for a database, and
// stops it at the end:
//
//	func TestMain(m *testing.M) { os.Exit(postgres.Run(m)) }
//
//	func TestX(t *testing.T) { address := postgres.Database(t) … }
//
// The programs of the server come from Debian's package (/usr/lib/postgresql) or
// the PATH. Where there are none a test is skipped with a line that says how to
// get them, and fails where CI is true.
package postgres
