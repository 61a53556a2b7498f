package ekuiper

import (
	"fmt"
	"math"
	"strings"

	"citybrain/city"
	"citybrain/rule"
)

// task is one thing that both do.
type task struct {
	name string
	asks string
	few  bool // over the beginning of the file only
	// eKuiper
	sql       []string // one for each rule
	eventTime bool
	lookup    bool // needs the table
	// theirs makes the text of one output row; rule is the number of the rule.
	theirs func(rule int, row map[string]any) string
	// City Brain
	rules string
	// ours makes the texts of what a rule found; "" is not an output row.
	ours func(h *rule.Holding) string
	// counts says whether an output row is compared: not one of a window that was
	// still open at the end.
	counts func(in *input, line string) bool
}

// manyRules is how many rules the last task has.
const manyRules = 300

// tasks are the five.
func tasks() []task {
	return []task{
		{
			name: "filter", asks: "rows with more than 10 vehicles (drops nine of ten)",
			sql:    []string{"SELECT id, ts, speed, vehicles FROM %s WHERE vehicles > 10"},
			theirs: atInstant, ours: holdingAt,
			rules: "rule: filter\nentity: RoadSegment\nseverity: minor\nwhen: vehicleCount > 10.0\n",
		},
		{
			name: "average", asks: "average speed of each sensor every 10 s", eventTime: true,
			sql:    []string{"SELECT id, avg(speed) AS v, window_end() AS ts FROM %s GROUP BY id, TUMBLINGWINDOW(ss, 10)"},
			theirs: func(_ int, r map[string]any) string { return fmt.Sprintf("%s %.0f %.6f", r["id"], r["ts"], r["v"]) },
			ours:   windowEnd,
			counts: windowClosed,
			rules: "rule: average\nentity: RoadSegment\nseverity: minor\n" +
				"let:\n  v: {window: 10s, every: 10s, of: averageVehicleSpeed, fold: avg, warm: false}\nwhen: v >= 0.0\n",
		},
		{
			name: "repeated", asks: "five readings of a sensor with more than 5 vehicles in a minute",
			sql:    []string{"SELECT id, ts FROM %s WHERE vehicles > 5 AND ts - lag(ts, 4) OVER (PARTITION BY id WHEN vehicles > 5) <= 60000"},
			theirs: atInstant, ours: holdingAt,
			rules: "rule: repeated\nentity: RoadSegment\nseverity: minor\nwhen: vehicleCount > 5.0\nrepeat: {times: 5, within: 1m}\n",
		},
		{
			name: "enrichment", asks: "rows slower than half of the free speed that a table knows", lookup: true,
			sql:    []string{"SELECT %[1]s.id AS id, %[1]s.ts AS ts, look.free AS free FROM %[1]s INNER JOIN look ON %[1]s.id = look.id WHERE %[1]s.speed < 0.5 * look.free"},
			theirs: func(_ int, r map[string]any) string { return fmt.Sprintf("%s %.0f %g", r["id"], r["ts"], r["free"]) },
			ours:   enriched,
			rules: "rule: enrichment\nentity: RoadSegment\nseverity: minor\nrelations: {sensor: Sensor}\n" +
				"when: averageVehicleSpeed < 0.5 * sensor.freeFlowSpeed\n",
		},
		{
			name: "many", asks: fmt.Sprintf("%d rules on one stream", manyRules), few: true,
			sql:    manySQL(),
			theirs: func(n int, r map[string]any) string { return fmt.Sprintf("%d %s %.0f", n, r["id"], r["ts"]) },
			ours: func(h *rule.Holding) string {
				_, n, _ := strings.Cut(string(h.Rule), "/many-")
				return n + " " + holdingAt(h)
			},
			rules: manyText(),
		},
	}
}

// limits of the rule n of many.
func limits(n int) (vehicles, speed int) { return n % 20, 20 + n%60 }

func manySQL() (list []string) {
	for n := range manyRules {
		vehicles, speed := limits(n)
		list = append(list, fmt.Sprintf("SELECT id, ts, speed, vehicles FROM %%s WHERE vehicles > %d AND speed < %d", vehicles, speed))
	}
	return list
}

func manyText() string {
	var b strings.Builder
	for n := range manyRules {
		vehicles, speed := limits(n)
		fmt.Fprintf(&b, "- {rule: many-%d, entity: RoadSegment, severity: minor, when: vehicleCount > %d.0 && averageVehicleSpeed < %d.0}\n", n, vehicles, speed)
	}
	return b.String()
}

func atInstant(_ int, r map[string]any) string { return fmt.Sprintf("%s %.0f", r["id"], r["ts"]) }

func holdingAt(h *rule.Holding) string {
	return fmt.Sprintf("%s %d", idOf(h.Entity), millis(h.At))
}

// windowEnd is a value of the window that ended last.
func windowEnd(h *rule.Holding) string {
	const length = 10_000
	for _, e := range h.Evidence {
		if e.Attribute == "v" {
			end := millis(h.At) / length * length
			return fmt.Sprintf("%s %d %.6f", idOf(h.Entity), end, e.Value.Num)
		}
	}
	return ""
}

// windowClosed leaves out the windows that end in the last minute: nothing comes
// behind them that would show them.
func windowClosed(in *input, line string) bool {
	var end int64
	if _, err := fmt.Sscanf(line, "%s %d", new(string), &end); err != nil {
		return true
	}
	return end <= in.last-60_000
}

func enriched(h *rule.Holding) string {
	free := math.NaN()
	for _, e := range h.Evidence {
		if e.Attribute == "freeFlowSpeed" {
			free = e.Value.Num
		}
	}
	return fmt.Sprintf("%s %g", holdingAt(h), free)
}

const segmentPrefix = "RoadSegment:"

func idOf(id city.EntityID) string { return strings.TrimPrefix(string(id), segmentPrefix) }

func millis(i city.Instant) int64 { return int64(i) / 1000 }
