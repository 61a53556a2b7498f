package ekuiper

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// daemon is one running kuiperd.
type daemon struct {
	base   string // of its REST interface
	cmd    *exec.Cmd
	exited chan error
	http   http.Client
}

// configuration keeps everything on loopback and out of the way: no metrics, no
// profiler, no checkpoints.
const configuration = `basic:
  logLevel: error
  consoleLog: false
  fileLog: true
  ip: 127.0.0.1
  port: %d
  restIp: 127.0.0.1
  restPort: %d
  timezone: UTC
  prometheus: false
  pprof: false
  pluginHosts: ""
rule:
  qos: 0
source:
  httpServerIp: 127.0.0.1
  httpServerPort: %d
store:
  type: sqlite
  extStateType: sqlite
`

// sources are the ways to read files: lines of JSON, once; and a folder that is
// looked at until a file lies in it.
const sources = `default:
  fileType: lines
  path: %[1]s
rows:
  fileType: lines
  path: %[1]s
waiting:
  fileType: lines
  path: %[1]s/waiting
  interval: 200ms
  actionAfterRead: 1
`

// start runs kuiperd in a folder.
func start(ctx context.Context, binary, dir string) (*daemon, error) {
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	files := map[string]string{
		"etc/kuiper.yaml":       fmt.Sprintf(configuration, ports[0], ports[1], ports[2]),
		"etc/sources/file.yaml": fmt.Sprintf(sources, dir),
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	for _, folder := range []string{"data", "log", "plugins", "waiting"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			return nil, err
		}
	}
	d := &daemon{base: fmt.Sprintf("http://127.0.0.1:%d", ports[1]), cmd: exec.CommandContext(ctx, binary), exited: make(chan error, 1)}
	d.cmd.Env = append(os.Environ(), "KuiperBaseKey="+dir)
	d.cmd.Dir = dir
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { d.exited <- d.cmd.Wait() }()
	return d, d.ready(ctx)
}

// freePorts finds ports of loopback that nobody listens on.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

func (d *daemon) ready(ctx context.Context) error {
	for begun := time.Now(); time.Since(begun) < 30*time.Second; {
		if _, err := d.version(ctx); err == nil {
			return nil
		}
		select {
		case err := <-d.exited:
			d.exited <- err
			return fmt.Errorf("kuiperd ended before it listened: %w", err)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return errors.New("kuiperd does not answer after 30 s")
}

func (d *daemon) version(ctx context.Context) (string, error) {
	var about struct{ Version string }
	err := d.call(ctx, "GET", "/", nil, &about)
	return about.Version, err
}

// stop ends the process, by its id.
func (d *daemon) stop() {
	_ = d.cmd.Process.Signal(syscall.SIGTERM) // gone already is as good
	select {
	case <-d.exited:
	case <-time.After(15 * time.Second):
		_ = d.cmd.Process.Kill()
		<-d.exited
	}
}

// call asks the REST interface.
func (d *daemon) call(ctx context.Context, method, path string, body, into any) error {
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		in = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, d.base+path, in)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := d.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return err
	case answer.StatusCode >= 300:
		return fmt.Errorf("eKuiper: %s %s: %d %s", method, path, answer.StatusCode, strings.TrimSpace(string(text)))
	case into == nil:
		return nil
	}
	return json.Unmarshal(text, into)
}

// processor is the time that the process has had of the processors.
func (d *daemon) processor() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	rest := string(text[bytes.LastIndexByte(text, ')')+1:])
	cells := strings.Fields(rest)
	var ticks int64
	for _, at := range []int{11, 12} { // utime and stime of proc(5)
		n, err := strconv.ParseInt(cells[at], 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

// ticksPerSecond is USER_HZ, which Linux has fixed for its interfaces.
const ticksPerSecond = 100
