package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"citybrain/test/driver"
	"citybrain/test/town"
)

// root is the repository, seen from this package.
const root = "../.."

var buildDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "citybrain-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	buildDir = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// program builds the program once per test run.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(buildDir, "citybrain")
	build := exec.Command("go", "build", "-o", path, "./cmd/citybrain")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

func binary(t testing.TB) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// realData is the folder of real data; the test skips without it.
func realData(t testing.TB) string {
	t.Helper()
	data := os.Getenv("CITYBRAIN_DATA")
	if data == "" {
		t.Skip("CITYBRAIN_DATA is empty: no real data")
	}
	return data
}

func skipIfShort(t testing.TB, why string) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: " + why)
	}
}

// setup is what one server runs with. It may be started again and again.
type setup struct {
	args []string
	env  []string
	data string
}

// townSetup is the made-up city on an empty data folder.
func townSetup(t testing.TB, args ...string) setup {
	t.Helper()
	dir := t.TempDir()
	cityDir, err := town.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	return setup{data: data, args: append([]string{"serve", "--city", cityDir, "--data", data, "--auth", "open", "--listen", "127.0.0.1:0"}, args...)}
}

const patience = time.Minute

// start runs a server that is killed at the end of the test.
func (s setup) start(t testing.TB) *driver.Server {
	t.Helper()
	server, err := s.tryStart(t)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// tryStart returns an error if the server does not become ready.
func (s setup) tryStart(t testing.TB) (*driver.Server, error) {
	t.Helper()
	server, err := s.listen(t)
	if err != nil {
		return server, err
	}
	ready, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	return server, server.Ready(ready)
}

// listen starts a server and returns when it listens, ready or not.
func (s setup) listen(t testing.TB) (*driver.Server, error) {
	t.Helper()
	path := binary(t)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	server, err := driver.Start(ctx, path, s.args, s.env)
	if err != nil {
		cancel()
		return server, err
	}
	t.Cleanup(func() { server.Kill(); cancel() })
	return server, nil
}

// refuses starts a server that must end by itself and returns what it said.
func (s setup) refuses(t testing.TB) string {
	t.Helper()
	server, err := s.tryStart(t)
	if err == nil {
		t.Fatalf("started:\n%s", server.Output())
	}
	if !errors.Is(err, driver.ErrExited) {
		t.Fatalf("neither started nor refused: %v", err)
	}
	return server.Output()
}

// command runs the program to its end and returns what it printed.
func command(t testing.TB, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary(t), args...)
	cmd.Dir = root
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

func dial(t testing.TB, server *driver.Server) *driver.Conn {
	t.Helper()
	c, err := driver.Dial(server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// mentions fails unless text holds every word, in whatever case.
func mentions(t testing.TB, what, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(w)) {
			t.Errorf("%s does not mention %q:\n%s", what, w, text)
		}
	}
}

// busyFiles are flags that make checkpoints and sealing frequent.
var busyFiles = []string{"--set", "checkpoint.interval=40ms", "--set", "history.max-tail-rows=400"}
