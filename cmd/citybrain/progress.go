package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// progressBar says how far a long run has come: on a terminal one line that is
// written over, elsewhere a line from time to time. A run that is over at once
// says nothing.
type progressBar struct {
	out      *os.File
	terminal bool
	begun    time.Time
	said     time.Time
	spoken   bool
	rows     int64
}

// The time between two lines, and before the first.
const (
	barBeat  = 200 * time.Millisecond
	lineBeat = 10 * time.Second
	barWidth = 30
)

func newProgressBar(out *os.File) *progressBar {
	info, err := out.Stat()
	now := time.Now()
	return &progressBar{out: out, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0, begun: now, said: now}
}

// tell takes the share that is done and the rows so far.
func (p *progressBar) tell(share float64, rows int64) {
	p.rows = rows
	beat := lineBeat
	if p.terminal {
		beat = barBeat
	}
	now := time.Now()
	if now.Sub(p.said) < beat {
		return
	}
	p.said, p.spoken = now, true
	line := progressLine(min(max(share, 0), 1), rows, now.Sub(p.begun), p.terminal)
	if p.terminal {
		fmt.Fprintf(p.out, "\r\x1b[K%s", line)
		return
	}
	fmt.Fprintln(p.out, line)
}

// progressLine is rate, share and the time that is left.
func progressLine(share float64, rows int64, took time.Duration, bar bool) string {
	text := fmt.Sprintf("%3.0f %%, %s rows, %s rows/s", share*100, grouped(rows), grouped(int64(float64(rows)/max(took.Seconds(), 1e-3))))
	if share > 0.01 && share < 1 {
		left := time.Duration(float64(took) * (1 - share) / share)
		text += ", " + left.Round(time.Second).String() + " left"
	}
	if !bar {
		return "backtest: " + text
	}
	full := int(share * barWidth)
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", barWidth-full) + "] " + text
}

// end takes the line of a terminal away and says how fast it was.
func (p *progressBar) end(done bool) {
	if p.terminal && p.spoken {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	if done && p.rows > 0 {
		took := time.Since(p.begun)
		fmt.Fprintf(p.out, "backtest: %s rows in %s, %s rows/s\n", grouped(p.rows), took.Round(10*time.Millisecond), grouped(int64(float64(p.rows)/max(took.Seconds(), 1e-3))))
	}
}

// grouped writes a number with commas between thousands.
func grouped(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
