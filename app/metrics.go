package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"citybrain/city"
)

// cityMetrics reads the parts of the city when it is scraped.
type cityMetrics struct{ a *App }

var (
	rowsMetric       = prometheus.NewDesc("citybrain_feed_rows_total", "Rows of a feed, by what became of them.", []string{"feed", "class"}, nil)
	lateMetric       = prometheus.NewDesc("citybrain_rule_late_total", "Readings that came too late for the rules, by source.", []string{"source"}, nil)
	failuresMetric   = prometheus.NewDesc("citybrain_rule_failures_total", "Evaluations of a rule that were given up, such as at the cost limit.", []string{"rule"}, nil)
	entitiesMetric   = prometheus.NewDesc("citybrain_entities", "Entities of the present, by type.", []string{"type"}, nil)
	logBytesMetric   = prometheus.NewDesc("citybrain_log_bytes", "Size of the log.", nil, nil)
	logLimitMetric   = prometheus.NewDesc("citybrain_log_limit_bytes", "Size at which the log refuses new data.", nil, nil)
	logLastMetric    = prometheus.NewDesc("citybrain_log_position", "Position of the last batch in the log.", nil, nil)
	freeMetric       = prometheus.NewDesc("citybrain_disk_free_bytes", "Free space on the disk of the data folder.", nil, nil)
	tailMetric       = prometheus.NewDesc("citybrain_history_tail_rows", "Readings of the past that are not sealed.", nil, nil)
	segmentsMetric   = prometheus.NewDesc("citybrain_history_segments", "Sealed segments of the past.", nil, nil)
	upMetric         = prometheus.NewDesc("citybrain_situations_up", "Situations that are up.", nil, nil)
	waitingMetric    = prometheus.NewDesc("citybrain_ledger_waiting_records", "Records that wait for their leaf in the ledger.", nil, nil)
	untakenMetric    = prometheus.NewDesc("citybrain_cases_waiting_situations", "Changes of situations that casework has not taken.", nil, nil)
	refusedMetric    = prometheus.NewDesc("citybrain_cases_refused_situations_total", "Situations that could not get their case; the log says why.", nil, nil)
	checkpointMetric = prometheus.NewDesc("citybrain_checkpoints_total", "Checkpoints made, by result.", []string{"result"}, nil)
)

// Describe implements prometheus.Collector.
func (m cityMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{rowsMetric, lateMetric, failuresMetric, entitiesMetric, logBytesMetric, logLimitMetric, logLastMetric, freeMetric, tailMetric, segmentsMetric, upMetric, waitingMetric, untakenMetric, refusedMetric, checkpointMetric} {
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
	for r, n := range *m.a.follower.failures.Load() {
		counter(failuresMetric, float64(n), string(r))
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
	if last, err := m.a.store.LastSituationChange(ctx); err == nil {
		gauge(untakenMetric, float64(last-min(last, m.a.cases.taken.Load())))
	}
	counter(checkpointMetric, float64(m.a.keeper.done.Load()), "made")
	counter(checkpointMetric, float64(m.a.keeper.failures.Load()), "failed")
}
