package bench

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"citybrain/test/driver"
	"citybrain/test/town"
)

const (
	// signers sign in at once: as many as have a place or may wait for one.
	signers        = 16
	signInAccount  = "administrator"
	signInPassword = "晨雾里第七座桥亮灯了"
)

// measureSignIn counts people who sign in with a password on a city that is not
// open to everybody. Hashing a password is slow by intention, and few are hashed
// at once; so the memory is bounded.
func measureSignIn(s *session) error {
	dir, remove, err := s.tempDir()
	if err != nil {
		return err
	}
	defer remove()
	definition, err := town.Write(dir)
	if err != nil {
		return err
	}
	server, err := s.serveClosed(definition, filepath.Join(dir, "data"))
	if err != nil {
		return err
	}
	defer server.Kill()
	if err := setUp(server); err != nil {
		return err
	}
	before, err := server.RSS()
	if err != nil {
		return err
	}
	body := fmt.Appendf(nil, `{"account":%q,"password":%q}`, signInAccount, signInPassword)
	r, err := load{addr: server.Addr, connections: signers, warmUp: time.Second, measured: s.load(), status: 200,
		request: func(dst []byte, _, _ int) []byte {
			return driver.AppendRequest(dst, "POST", "/api/v1/session", "application/json", body)
		}}.run(s)
	if err != nil {
		return err
	}
	peak, err := server.PeakRSS()
	if err != nil {
		return err
	}
	s.add(figure{Area: "sign-in", What: "people signed in", Unit: "sign-ins/s", Decimals: 1, Note: fmt.Sprintf("%d people at once; %s", signers, r.latency())}, r.rate(), r.refused, r.errors)
	s.add(figure{Area: "sign-in", What: "one sign-in, p99", Unit: "ms"}, percentile(r.millis, 0.99), 0, 0)
	s.add(figure{Area: "sign-in", What: "peak RSS", Unit: "MB", Decimals: 1, Note: fmt.Sprintf("%.1f MB before", float64(before)/1e6)}, float64(peak)/1e6, 0, 0)
	return nil
}

// setUp makes the first administrator with the secret that the program printed.
func setUp(server *driver.Server) error {
	_, rest, found := strings.Cut(server.Output(), "setup secret: ")
	if !found {
		return errors.New("the program printed no setup secret")
	}
	secret, _, _ := strings.Cut(rest, "\n")
	c, err := driver.Dial(server.Addr)
	if err != nil {
		return err
	}
	defer c.Close()
	a, err := c.Do("POST", "/api/v1/setup", fmt.Appendf(nil, `{"secret":%q,"account":%q,"password":%q}`, strings.TrimSpace(secret), signInAccount, signInPassword))
	if err == nil {
		err = a.Err(201)
	}
	return err
}
