package bench

import (
	"context"
	"fmt"
	"strings"
	"time"

	"citybrain/test/driver"
	"citybrain/test/town"
)

const (
	connections = 32
	vehicles    = 10_000
)

// measureEmpty is the yardstick alone: a GET and a PATCH on a handler that does
// nothing.
func measureEmpty(s *session) error {
	return s.withEmpty(func(addr string) error {
		for _, shape := range []struct {
			what    string
			request func([]byte, int, int) []byte
		}{{"empty handler, GET", getVehicle}, {"empty handler, PATCH", patchVehicle}} {
			r, err := s.single(addr, shape.request, 204, s.load())
			if err != nil {
				return err
			}
			s.add(figure{Area: "http-empty", What: shape.what, Unit: "requests/s", Note: r.latency()}, r.rate(), r.refused, r.errors)
		}
		return nil
	})
}

// measureUpdate compares PATCH of one attribute with the empty handler.
func measureUpdate(s *session) error {
	return s.compare("attr-update", "single attribute update", patchVehicle, 204, 35)
}

// measureRead does the same with a read by id.
func measureRead(s *session) error {
	return s.compare("read", "read by id", getVehicle, 200, 60)
}

// rounds is how often a comparison goes back and forth between the program and
// the empty handler, so that what else the machine does falls on both.
const rounds = 4

func (s *session) compare(area, what string, request func([]byte, int, int) []byte, status int, percent float64) error {
	var get, same, own loadResult
	err := s.withEmpty(func(empty string) error {
		return s.withTown(func(server *driver.Server, _ string) error {
			if err := create(server.Addr, vehicles); err != nil {
				return err
			}
			for range rounds {
				for _, part := range []struct {
					total   *loadResult
					addr    string
					request func([]byte, int, int) []byte
					status  int
				}{{&get, empty, getVehicle, 204}, {&own, server.Addr, request, status}, {&same, empty, request, 204}} {
					r, err := s.single(part.addr, part.request, part.status, s.load()/rounds)
					if err != nil {
						return err
					}
					part.total.merge(r)
				}
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	s.add(figure{Area: area, What: what, Unit: "requests/s", Note: own.latency()}, own.rate(), own.refused, own.errors)
	s.add(figure{Area: area, What: "of the empty handler's rate", Unit: "%", Decimals: 1, Target: atLeast(percent),
		Note: fmt.Sprintf("in the same run the empty handler answered %s GET/s, to which the figure compares, and %s of these requests/s, of which the program reaches %.1f %%",
			grouped(get.rate(), 0), grouped(same.rate(), 0), 100*own.rate()/same.rate())},
		100*own.rate()/get.rate(), get.refused+same.refused, get.errors+same.errors)
	return nil
}

// single drives one kind of small request.
func (s *session) single(addr string, request func([]byte, int, int) []byte, status int, measured time.Duration) (*loadResult, error) {
	return load{addr: addr, connections: connections, warmUp: measured / 4, measured: measured, request: request, status: status}.run(s)
}

// latency describes how long single requests took, and the first error.
func (r *loadResult) latency() string {
	text := fmt.Sprintf("p50 %.2f ms, p99 %.2f ms, max %.1f ms", percentile(r.millis, 0.5), percentile(r.millis, 0.99), percentile(r.millis, 1))
	if r.firstError != nil {
		text += fmt.Sprintf("; first error: %v", r.firstError)
	}
	return text
}

// vehicleOf spreads the requests of a connection over its share of the fleet.
func vehicleOf(connection, n int) int {
	const share = vehicles / connections
	return connection*share + n%share
}

func getVehicle(dst []byte, connection, n int) []byte {
	var id [64]byte
	v := vehicle{number: vehicleOf(connection, n)}
	dst = append(dst, "GET /ngsi-ld/v1/entities/"...)
	dst = append(dst, v.appendID(id[:0])...)
	return append(dst, " HTTP/1.1\r\nHost: localhost\r\n\r\n"...)
}

func patchVehicle(dst []byte, connection, n int) []byte {
	var target, body [256]byte
	v := vehicle{number: vehicleOf(connection, n), at: time.Now()}
	t := append(v.appendID(append(target[:0], "/ngsi-ld/v1/entities/"...)), "/attrs"...)
	b := append(body[:0], `{"speed":{"type":"Property","value":`...)
	b = append(b, '0'+byte(n%10))
	b = append(b, `,"unitCode":"KMH"`...)
	b = append(v.appendObserved(b), '}')
	return driver.AppendRequest(dst, "PATCH", string(t), "application/json", b)
}

// measureBatchUpsert counts acknowledged attributes.
func measureBatchUpsert(s *session) error {
	const writers = 8
	return s.withTown(func(server *driver.Server, _ string) error {
		if err := create(server.Addr, vehicles); err != nil {
			return err
		}
		fleets, bodies := make([]fleet, writers), make([][]byte, writers)
		for i := range fleets {
			fleets[i] = fleet{first: i * vehicles / writers, size: vehicles / writers}
		}
		r, err := load{
			addr: server.Addr, connections: writers, warmUp: time.Second, measured: s.load(), status: 204,
			request: func(dst []byte, connection, _ int) []byte {
				return fleets[connection].appendBatch(dst, &bodies[connection], freely)
			},
		}.run(s)
		if err != nil {
			return err
		}
		s.add(figure{Area: "batch-upsert", What: "attribute updates acknowledged", Unit: "attributes/s", Target: atLeast(100_000), Note: r.latency()},
			r.rate()*batchSize*attributes, r.refused, r.errors)
		peak, err := server.PeakRSS()
		if err != nil {
			return err
		}
		s.add(figure{Area: "batch-upsert", What: "peak RSS under this load", Unit: "MB", Decimals: 1}, float64(peak)/1e6, 0, 0)
		return nil
	})
}

// withEmpty runs the yardstick in a process of its own.
func (s *session) withEmpty(fn func(addr string) error) error {
	server, err := driver.Start(s, s.Binary, []string{"bench-empty-handler", "--listen", "127.0.0.1:0"}, nil)
	if err != nil {
		return err
	}
	defer server.Kill()
	return fn(server.Addr)
}

// serve starts the program on a data folder, open to everybody on this machine,
// and waits until it is ready.
func (s *session) serve(city, data string, args ...string) (*driver.Server, error) {
	return s.serveClosed(city, data, append([]string{"--auth", "open"}, args...)...)
}

// serveClosed is serve for people who sign in.
func (s *session) serveClosed(city, data string, args ...string) (*driver.Server, error) {
	server, err := driver.Start(s, s.Binary, append([]string{"serve", "--city", city, "--data", data, "--listen", "127.0.0.1:0"}, args...), nil)
	if err != nil {
		return nil, err
	}
	ready, cancel := context.WithTimeout(s, time.Minute)
	defer cancel()
	if err := server.Ready(ready); err != nil {
		server.Kill()
		return nil, err
	}
	return server, nil
}

// withTown runs the program on the made-up town with an empty data folder.
// The folder may be used again after the server has ended.
func (s *session) withTown(fn func(server *driver.Server, dir string) error, args ...string) error {
	dir, remove, err := s.tempDir()
	if err != nil {
		return err
	}
	defer remove()
	city, err := town.Write(dir)
	if err != nil {
		return err
	}
	server, err := s.serve(city, dir+"/data", args...)
	if err != nil {
		return err
	}
	defer server.Kill()
	if err := fn(server, dir); err != nil {
		return fmt.Errorf("%w\nthe server's last words:\n%s", err, lastLines(server.Output(), 20))
	}
	return nil
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
