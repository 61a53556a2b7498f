package citybench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
)

// gcPercent is how far the heap grows between collections: as in the program
// without a setting of its own.
const gcPercent = 75

// Serve reads a Setting as JSON, runs it and writes the Report. It is behind the
// hidden command bench-citybench, so that each replay has a process of its own
// and the most memory that it held is its own.
func Serve(data string, in io.Reader, out io.Writer) error {
	var o Setting
	if err := json.NewDecoder(in).Decode(&o); err != nil {
		return fmt.Errorf("citybench: the setting: %w", err)
	}
	debug.SetGCPercent(gcPercent)
	d, err := Load(data, GarageStart)
	if err != nil {
		return err
	}
	r, err := Run(d, o)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(r)
}

// peakRSS is the most memory that this process has held, in bytes; 0 where the
// system does not say.
func peakRSS() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	var kilobytes int64
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	if _, err := fmt.Sscan(after, &kilobytes); err != nil {
		return 0
	}
	return kilobytes << 10
}
