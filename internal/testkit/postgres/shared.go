package postgres

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
)

// shared is the server of the test binary.
var shared struct {
	once   sync.Once
	server *Server
	err    error
	made   atomic.Int64
}

// Run runs the tests and then ends the server that they used, if any. It
// answers the exit status.
func Run(m *testing.M) int {
	code := m.Run()
	if shared.server != nil {
		if err := shared.server.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	return code
}

// Shared is the server of the test binary, which must end with Run. Without
// PostgreSQL on this machine the test is skipped, or fails where CI is true.
func Shared(t testing.TB) *Server {
	t.Helper()
	shared.once.Do(func() { shared.server, shared.err = Start() })
	need(t, shared.err)
	return shared.server
}

// Private is a server of one test, which may do to it what it likes.
func Private(t testing.TB, options ...string) *Server {
	t.Helper()
	s, err := Start(options...)
	need(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func need(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, ErrAbsent) && os.Getenv("CI") != "true":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}

// Database is the address of a new, empty database on the shared server. It is
// dropped at the end of the test.
func Database(t testing.TB) string {
	t.Helper()
	s := Shared(t)
	name := fmt.Sprintf("test%d", shared.made.Add(1))
	if err := s.Create(name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Drop(name); err != nil {
			t.Error(err)
		}
	})
	return s.Address(name)
}
