package bench

import (
	"fmt"
	"path/filepath"
	"time"

	"citybrain/test/driver"
)

const manyVehicles = 100_000

// measureScale fills an empty city with 100,000 entities, stops it, and starts
// it again: once after SIGTERM, once after kill -9.
func measureScale(s *session) error {
	return s.withBenchCity(func(first *driver.Server, dir string) error {
		if err := create(first.Addr, manyVehicles); err != nil {
			return err
		}
		filled, err := first.PeakRSS()
		if err != nil {
			return err
		}
		if err := first.Stop(30 * time.Second); err != nil {
			return err
		}
		afterStop, restarted, err := s.restart(dir)
		if err != nil {
			return err
		}
		afterKill, _, err := s.restart(dir)
		if err != nil {
			return err
		}
		s.add(figure{Area: "scale", What: "peak RSS while 100,000 entities are made", Unit: "MB", Decimals: 1, Target: under(500)}, float64(filled)/1e6, 0, 0)
		s.add(figure{Area: "scale", What: "peak RSS until ready after a restart", Unit: "MB", Decimals: 1, Target: under(500)}, float64(restarted)/1e6, 0, 0)
		s.add(figure{Area: "scale", What: "start to ready after SIGTERM", Unit: "s", Decimals: 2, Target: under(3)}, afterStop.Seconds(), 0, 0)
		s.add(figure{Area: "scale", What: "start to ready after kill -9", Unit: "s", Decimals: 2, Target: under(3)}, afterKill.Seconds(), 0, 0)
		return nil
	})
}

// restart starts the program on a used data folder, checks that its entities
// are there, and kills it.
func (s *session) restart(dir string) (time.Duration, int64, error) {
	begun := time.Now()
	server, err := s.serve(filepath.Join(dir, "cities", "town"), dir+"/data")
	if err != nil {
		return 0, 0, err
	}
	took := time.Since(begun)
	defer server.Kill()
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
	peak, err := server.PeakRSS()
	return took, peak, err
}
