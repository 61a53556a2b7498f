package bench

import (
	"fmt"
	"path/filepath"
	"time"

	"citybrain/test/driver"
)

const manyVehicles = 100_000

// measureScale fills an empty city with 100,000 entities and kills it at once,
// so that what no checkpoint holds yet comes back from the log; starts it, ends
// it with SIGTERM, and starts it once more.
func measureScale(s *session) error {
	return s.withTown(func(first *driver.Server, dir string) error {
		if err := create(first.Addr, manyVehicles); err != nil {
			return err
		}
		filled, err := first.PeakRSS()
		if err != nil {
			return err
		}
		first.Kill()
		afterKill, restarted, err := s.restart(dir)
		if err != nil {
			return err
		}
		afterStop, _, err := s.restart(dir)
		if err != nil {
			return err
		}
		s.add(figure{Area: "scale", What: "peak RSS while 100,000 entities are made", Unit: "MB", Decimals: 1, Target: under(500)}, float64(filled)/1e6, 0, 0)
		s.add(figure{Area: "scale", What: "peak RSS until ready after kill -9", Unit: "MB", Decimals: 1, Target: under(500)}, float64(restarted)/1e6, 0, 0)
		s.add(figure{Area: "scale", What: "start to ready after kill -9", Unit: "s", Decimals: 2, Target: under(3)}, afterKill.Seconds(), 0, 0)
		s.add(figure{Area: "scale", What: "start to ready after SIGTERM", Unit: "s", Decimals: 2, Target: under(3)}, afterStop.Seconds(), 0, 0)
		return nil
	})
}

// restart starts the program on a used data folder, checks that its entities
// are there, and ends it with SIGTERM.
func (s *session) restart(dir string) (took time.Duration, peak int64, err error) {
	begun := time.Now()
	server, err := s.serve(filepath.Join(dir, "cities", "town"), filepath.Join(dir, "data"))
	if err != nil {
		return 0, 0, err
	}
	took = time.Since(begun)
	defer server.Kill()
	if peak, err = server.PeakRSS(); err != nil {
		return 0, 0, err
	}
	c, err := driver.Dial(server.Addr)
	if err != nil {
		return 0, 0, err
	}
	defer c.Close()
	for _, n := range []int{0, manyVehicles / 2, manyVehicles - 1} {
		a, err := c.Do("GET", fmt.Sprintf("/ngsi-ld/v1/entities/%s%d", vehiclePrefix, n), nil)
		if err == nil {
			err = a.Err(200)
		}
		if err != nil {
			return 0, 0, fmt.Errorf("vehicle %d after a restart: %w", n, err)
		}
	}
	return took, peak, server.Stop(30 * time.Second)
}
