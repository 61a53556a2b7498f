package driver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Server is one running process of the program.
type Server struct {
	Addr   string // HOST:PORT it listens on
	PID    int
	cmd    *exec.Cmd
	output *tail
	exited chan struct{}
	err    error // of the process, once exited is closed
}

// listeningOn begins the line on standard output that names the address.
const listeningOn = "listening on http://"

// ErrExited says that the process ended before it listened or became ready.
var ErrExited = errors.New("the program ended")

// Start runs binary with args and returns when it listens. The process is
// killed when ctx ends. Add variables to the environment with env.
func Start(ctx context.Context, binary string, args, env []string) (*Server, error) {
	s := &Server{cmd: exec.CommandContext(ctx, binary, args...), output: &tail{}, exited: make(chan struct{})}
	s.cmd.Env = append(os.Environ(), env...)
	s.cmd.Stderr = s.output
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.PID = s.cmd.Process.Pid
	addr := make(chan string, 1)
	go s.follow(out, addr)
	select {
	case s.Addr = <-addr:
		return s, nil
	case <-s.exited:
		return s, fmt.Errorf("%w (%w) before it listened:\n%s", ErrExited, s.exitError(), s.Output())
	case <-ctx.Done():
		<-s.exited
		return s, fmt.Errorf("%w before it listened:\n%s", ctx.Err(), s.Output())
	}
}

// follow keeps what the process prints and reaps it.
func (s *Server) follow(out io.Reader, addr chan<- string) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fmt.Fprintln(s.output, lines.Text())
		if _, at, found := strings.Cut(lines.Text(), listeningOn); found {
			select {
			case addr <- strings.TrimRight(strings.Fields(at)[0], "/"):
			default:
			}
		}
	}
	s.err = s.cmd.Wait()
	close(s.exited)
}

func (s *Server) exitError() error {
	if s.err == nil {
		return errors.New("exit status 0")
	}
	return s.err
}

// Ready waits until /readyz answers 200.
func (s *Server) Ready(ctx context.Context) error {
	last := "no answer"
	for {
		if c, err := Dial(s.Addr); err == nil {
			a, err := c.Do("GET", "/readyz", nil)
			c.Close()
			if err == nil && a.Status == 200 {
				return nil
			}
			last = fmt.Sprintf("status %d %s %v", a.Status, a.Body, err)
		}
		select {
		case <-s.exited:
			return fmt.Errorf("%w (%w) before it was ready:\n%s", ErrExited, s.exitError(), s.Output())
		case <-ctx.Done():
			return fmt.Errorf("not ready: %s: %w:\n%s", last, ctx.Err(), s.Output())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// Kill is kill -9. It returns when the process is gone.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill() // gone already is as good
	<-s.exited
}

// Stop asks the process to end (SIGTERM), kills it if it has not ended after
// patience, and returns how it ended.
func (s *Server) Stop(patience time.Duration) error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-s.exited:
		return s.err
	case <-time.After(patience):
		s.Kill()
		return fmt.Errorf("did not end within %s of SIGTERM:\n%s", patience, s.Output())
	}
}

// Exited is closed when the process is gone.
func (s *Server) Exited() <-chan struct{} { return s.exited }

// Output is the end of what the process printed and logged.
func (s *Server) Output() string { return s.output.String() }

// PeakRSS is the most memory in bytes that the process has held so far.
func (s *Server) PeakRSS() (int64, error) { return s.status("VmHWM:") }

// RSS is the memory in bytes that the process holds now.
func (s *Server) RSS() (int64, error) { return s.status("VmRSS:") }

func (s *Server) status(field string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.PID))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, field); found {
			kB, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kB << 10, err
		}
	}
	return 0, fmt.Errorf("no %s in the status of process %d", field, s.PID)
}

// tail keeps the last bytes written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailBytes = 64 << 10

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - tailBytes; over > tailBytes {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}

// String is what is kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text[max(0, len(t.text)-tailBytes):])
}
