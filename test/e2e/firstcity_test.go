package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFirstCityGuide runs every command of the guide, in one shell and in a
// fresh folder, and looks for every line of the answers that it shows. Only the
// port is another, so that it may run beside anything else.
func TestFirstCityGuide(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join(root, "docs", "first-city.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```(sh|text)\n(.*?)^```").FindAllSubmatch(guide, -1)
	if len(blocks) < 12 {
		t.Fatalf("the guide has only %d blocks of commands and answers", len(blocks))
	}
	port := freePort(t)
	var script strings.Builder
	var wanted []string // of each shell block
	for _, b := range blocks {
		text := strings.ReplaceAll(string(b[2]), "127.0.0.1:8080", port)
		if string(b[1]) == "text" {
			wanted[len(wanted)-1] += text
			continue
		}
		fmt.Fprintf(&script, "%s\necho; echo '== block %d'\n", text, len(wanted))
		wanted = append(wanted, "")
	}
	answers := strings.Split(runShell(t, script.String()), "== block ")
	for i, text := range wanted {
		if i >= len(answers) {
			t.Fatalf("the commands ended in block %d:\n%s", i, answers[len(answers)-1])
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); !strings.Contains(answers[i], line) {
				t.Errorf("block %d does not answer %s, but:\n%s", i, line, answers[i])
			}
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// runShell runs a script as a newcomer would, with the program on the PATH, and
// ends what it has left running.
func runShell(t *testing.T, script string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	shell := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	shell.Dir = t.TempDir()
	shell.Env = append(os.Environ(), "PATH="+filepath.Dir(binary(t))+":"+os.Getenv("PATH"))
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// The server outlives the shell and holds no pipe: output goes to a file.
	out, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	shell.Stdout, shell.Stderr = out, out
	err = shell.Run()
	if shell.Process != nil {
		_ = syscall.Kill(-shell.Process.Pid, syscall.SIGTERM)
		time.Sleep(500 * time.Millisecond)
		_ = syscall.Kill(-shell.Process.Pid, syscall.SIGKILL)
	}
	text, readErr := os.ReadFile(out.Name())
	if readErr != nil {
		t.Fatal(readErr)
	}
	if err != nil {
		served, _ := os.ReadFile(filepath.Join(shell.Dir, "rivertown.log"))
		t.Fatalf("%v\n%s\n--- the program:\n%s", err, bytes.TrimSpace(text), served)
	}
	return string(text)
}
