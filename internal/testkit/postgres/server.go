package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ErrAbsent says that the programs of PostgreSQL are not on this machine.
var ErrAbsent = errors.New("PostgreSQL is not installed: apt-get install postgresql")

// The time that the programs of PostgreSQL get.
const (
	startTimeout = 60 * time.Second
	stopTimeout  = 30 * time.Second
)

// Account is the database user that owns every database of a Server.
const Account = "citybrain"

// Server is a private PostgreSQL server. Its methods are not for concurrent use,
// except Address and Create.
type Server struct {
	bin      string // folder of the programs
	dir      string // everything of this server
	password string
	as       *syscall.Credential // nil: as this process
	ended    chan exit           // gets the end of the server's process
	process  *os.Process         // nil while it is stopped
}

// exit is how the server's process ended.
type exit struct{ err error }

// Start makes a server in a new folder and starts it with options such as
// "fsync=off" on top of its defaults. ErrAbsent if there are no programs. Close
// ends it; so does the end of this process, however it comes.
func Start(options ...string) (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, password: rand.Text()}
	if s.dir, err = os.MkdirTemp("", "citybrain-postgres-"); err != nil {
		return nil, err
	}
	if err = s.prepare(); err == nil {
		err = s.Restart(options...)
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// programs is the folder of the newest programs on this machine.
func programs() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	best, version := "", -1
	for _, path := range found {
		dir := filepath.Dir(path)
		if n, err := strconv.Atoi(filepath.Base(filepath.Dir(dir))); err == nil && n > version {
			best, version = dir, n
		}
	}
	if best != "" {
		return best, nil
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", ErrAbsent
}

// prepare makes the cluster. PostgreSQL refuses to run as root: root gives it to
// the user postgres, or nobody.
func (s *Server) prepare() error {
	if os.Getuid() == 0 {
		if err := s.giveAway(); err != nil {
			return err
		}
	}
	secret := filepath.Join(s.dir, "password")
	if err := os.WriteFile(secret, []byte(s.password+"\n"), 0o600); err != nil {
		return err
	}
	if s.as != nil {
		if err := os.Chown(secret, int(s.as.Uid), int(s.as.Gid)); err != nil {
			return err
		}
	}
	return s.run("initdb", "--pgdata="+s.data(), "--username="+Account, "--auth=scram-sha-256", "--pwfile="+secret,
		"--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
}

func (s *Server) giveAway() error {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		s.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return os.Chown(s.dir, int(uid), int(gid))
	}
	return errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, program), args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "HOME=" + s.dir, "PGPASSWORD=" + s.password}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	return cmd
}

func (s *Server) run(program string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if out, err := s.command(ctx, program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, out)
	}
	return nil
}

// Restart stops the server if it runs and starts it with options on top of its
// defaults. Its databases stay.
func (s *Server) Restart(options ...string) error {
	if err := s.Stop(); err != nil {
		return err
	}
	args := []string{"-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-c", "logging_collector=off"}
	for _, o := range options {
		args = append(args, "-c", o)
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := s.command(context.Background(), "postgres", args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT // a test binary that dies leaves no server behind
	if err := s.launch(cmd); err != nil {
		return err
	}
	return s.await()
}

// launch starts cmd on a thread that lives as long as the process: the signal at
// the death of the parent comes at the death of the thread that started it.
func (s *Server) launch(cmd *exec.Cmd) error {
	started := make(chan error)
	s.ended = make(chan exit, 1)
	go func(ended chan<- exit) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- exit{cmd.Wait()}
		}
	}(s.ended)
	if err := <-started; err != nil {
		return err
	}
	s.process = cmd.Process
	return nil
}

// await returns when the server takes connections.
func (s *Server) await() error {
	for until := time.Now().Add(startTimeout); ; time.Sleep(20 * time.Millisecond) {
		select {
		case end := <-s.ended:
			s.process = nil
			return fmt.Errorf("the server ended: %w\n%s", end.err, s.log())
		default:
		}
		err := s.run("pg_isready", "--quiet", "--host="+s.dir)
		if err == nil {
			return nil
		}
		if time.Now().After(until) {
			return fmt.Errorf("the server does not answer: %w\n%s", err, s.log())
		}
	}
}

func (s *Server) log() string {
	text, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return string(text)
}

// Stop ends the server and its connections; its databases stay. Kill does so as
// a crash would.
func (s *Server) Stop() error { return s.end(syscall.SIGINT) }

// Kill ends the server at once, as a crash would: it recovers at its next start.
func (s *Server) Kill() error { return s.end(syscall.SIGQUIT) }

func (s *Server) end(how syscall.Signal) error {
	if s.process == nil {
		return nil
	}
	if err := s.process.Signal(how); err != nil {
		return err
	}
	select {
	case <-s.ended:
		s.process = nil
		return nil
	case <-time.After(stopTimeout):
		return fmt.Errorf("the server does not end\n%s", s.log())
	}
}

// Close ends the server and removes everything of it.
func (s *Server) Close() error { return errors.Join(s.Stop(), os.RemoveAll(s.dir)) }

// Create makes an empty database that sorts text as Chinese is sorted, so that
// what relies on the order of bytes must say so.
func (s *Server) Create(name string) error {
	args := []string{"--host=" + s.dir, "--username=" + Account, "--encoding=UTF8", "--template=template0"}
	err := s.run("createdb", append(args, "--locale-provider=icu", "--icu-locale=zh-Hans-CN", name)...)
	if err != nil && strings.Contains(err.Error(), "locale-provider") { // before version 15
		err = s.run("createdb", append(args, name)...)
	}
	return err
}

// Drop removes a database and ends its connections.
func (s *Server) Drop(name string) error {
	return s.run("dropdb", "--host="+s.dir, "--username="+Account, "--force", "--if-exists", name)
}

// Address is the URL of a database, with the password.
func (s *Server) Address(name string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(Account, s.password), Path: "/" + name,
		RawQuery: url.Values{"host": {s.dir}}.Encode()}
	return u.String()
}

// Password is the password in every Address.
func (s *Server) Password() string { return s.password }
