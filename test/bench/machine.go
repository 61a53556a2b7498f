package bench

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// machine names where a measurement was made.
type machine struct {
	CPU    string
	Cores  int
	RAM    int64 // bytes
	Kernel string
	Go     string
}

func thisMachine() machine {
	return machine{
		CPU:    fieldOf("/proc/cpuinfo", "model name"),
		Cores:  runtime.NumCPU(),
		RAM:    kilobytes(fieldOf("/proc/meminfo", "MemTotal")) << 10,
		Kernel: firstLine("/proc/sys/kernel/osrelease"),
		Go:     runtime.Version(),
	}
}

// String is one line of text.
func (m machine) String() string {
	return fmt.Sprintf("%s, %d cores, %.0f GiB RAM, Linux %s, %s", m.CPU, m.Cores, float64(m.RAM)/(1<<30), m.Kernel, m.Go)
}

func fieldOf(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func firstLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return string(line)
}

func kilobytes(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSuffix(text, " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
