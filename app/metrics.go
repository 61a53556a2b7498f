package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"citybrain/city"
	"citybrain/rule"
)

// cityMetrics reads the parts of the city when it is scraped.
type cityMetrics struct{ a *App }

var (
	rowsMetric       = prometheus.NewDesc("citybrain_feed_rows_total", "Rows of a feed, by what became of them.", []string{"feed", "class"}, nil)
	lateMetric       = prometheus.NewDesc("citybrain_rule_late_total", "Readings that came too late for the rules, by source.", []string{"source"}, nil)
	placedMetric     = prometheus.NewDesc("citybrain_rule_placed_total", "Readings that came late and were put in their place among those of their entity, by source.", []string{"source"}, nil)
	failuresMetric   = prometheus.NewDesc("citybrain_rule_failures_total", "Evaluations of a rule that were given up, such as at the cost limit.", []string{"rule"}, nil)
	workMetric       = prometheus.NewDesc("citybrain_rule_work_total", "Units of work that a rule has done that can become expensive.", []string{"rule"}, nil)
	throttledMetric  = prometheus.NewDesc("citybrain_rule_throttled", "1 while a rule is throttled because it costs more than its budget covers.", []string{"rule"}, nil)
	notLookedMetric  = prometheus.NewDesc("citybrain_rule_not_looked_total", "Readings that a throttled rule has passed over.", []string{"rule"}, nil)
	ruleTimeMetric   = prometheus.NewDesc("citybrain_rule_seconds_total", "Estimated time that a rule has taken, from the looks that were timed; absent unless metrics.rule-time is set.", []string{"rule"}, nil)
	entitiesMetric   = prometheus.NewDesc("citybrain_entities", "Entities of the present, by type.", []string{"type"}, nil)
	logBytesMetric   = prometheus.NewDesc("citybrain_log_bytes", "Size of the log.", nil, nil)
	logLimitMetric   = prometheus.NewDesc("citybrain_log_limit_bytes", "Size at which the log refuses new data.", nil, nil)
	logLastMetric    = prometheus.NewDesc("citybrain_log_position", "Position of the last batch in the log.", nil, nil)
	freeMetric       = prometheus.NewDesc("citybrain_disk_free_bytes", "Free space on the disk of the data folder.", nil, nil)
	tailMetric       = prometheus.NewDesc("citybrain_history_tail_rows", "Readings of the past that are not sealed.", nil, nil)
	segmentsMetric   = prometheus.NewDesc("citybrain_history_segments", "Sealed segments of the past.", nil, nil)
	upMetric         = prometheus.NewDesc("citybrain_situations_up", "Situations that are up.", nil, nil)
	suppressedMetric = prometheus.NewDesc("citybrain_situations_suppressed", "Situations that are up and not announced, by the first way in which they are suppressed.", []string{"way"}, nil)
	waitingMetric    = prometheus.NewDesc("citybrain_ledger_waiting_records", "Records that wait for their leaf in the ledger.", nil, nil)
	untakenMetric    = prometheus.NewDesc("citybrain_cases_waiting_situations", "Notices of situations that casework has not taken.", nil, nil)
	refusedMetric    = prometheus.NewDesc("citybrain_cases_refused_situations_total", "Situations that could not get their case; the log says why.", nil, nil)
	checkpointMetric = prometheus.NewDesc("citybrain_checkpoints_total", "Checkpoints made, by result.", []string{"result"}, nil)
)

// Describe implements prometheus.Collector.
func (m cityMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{rowsMetric, lateMetric, placedMetric, failuresMetric, workMetric, throttledMetric, notLookedMetric, ruleTimeMetric, entitiesMetric, logBytesMetric, logLimitMetric, logLastMetric, freeMetric, tailMetric, segmentsMetric, upMetric, suppressedMetric, waitingMetric, untakenMetric, refusedMetric, checkpointMetric} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m cityMetrics) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	for _, p := range m.a.present.Feeds() {
		for class, n := range p.Counts {
			counter(rowsMetric, float64(n), string(p.Feed), city.RowClass(class).String())
		}
	}
	for s, n := range *m.a.follower.late.Load() {
		counter(lateMetric, float64(n), string(s))
	}
	for s, n := range *m.a.follower.placed.Load() {
		counter(placedMetric, float64(n), string(s))
	}
	for r, n := range *m.a.follower.failures.Load() {
		counter(failuresMetric, float64(n), string(r))
	}
	for _, c := range (status{m.a}).Costs() {
		up := 0.0
		if c.Throttled {
			up = 1
		}
		counter(workMetric, float64(c.Work), string(c.Rule))
		gauge(throttledMetric, up, string(c.Rule))
		counter(notLookedMetric, float64(c.NotLooked), string(c.Rule))
		if c.Timed > 0 {
			counter(ruleTimeMetric, c.Time.Seconds()*rule.TimedEvery, string(c.Rule))
		}
	}
	for t, n := range m.a.present.Types() {
		gauge(entitiesMetric, float64(n), string(t))
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if l, err := m.a.log.State(ctx); err == nil {
		gauge(logBytesMetric, float64(l.Bytes))
		gauge(logLimitMetric, float64(l.MaxBytes))
		counter(logLastMetric, float64(l.Last))
		gauge(freeMetric, float64(l.FreeBytes))
	}
	past := m.a.past.Stats()
	gauge(tailMetric, float64(past.TailRows))
	gauge(segmentsMetric, float64(past.Segments))
	gauge(upMetric, float64(m.a.follower.up.Load()))
	counter(refusedMetric, float64(m.a.cases.refused.Load()))
	gauge(waitingMetric, float64(m.a.evidence.waiting.Load()))
	if n, err := m.a.store.CountStandings(ctx); err == nil {
		for _, way := range city.SuppressedWays {
			gauge(suppressedMetric, float64(n[way]), string(way))
		}
	}
	if last, err := m.a.store.LastNotice(ctx); err == nil {
		gauge(untakenMetric, float64(last-min(last, m.a.cases.taken.Load())))
	}
	counter(checkpointMetric, float64(m.a.keeper.done.Load()), "made")
	counter(checkpointMetric, float64(m.a.keeper.failures.Load()), "failed")
}
