package api

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"citybrain/api/stream"
)

// CountProblems registers a counter of problems by status and returns what
// problem.Reporter.Count needs.
func CountProblems(reg prometheus.Registerer) func(status int) {
	problems := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "citybrain_http_problems_total",
		Help: "Requests, and entities of batches, answered with a problem, and answers broken off by a fault (500), by status."}, []string{"status"})
	reg.MustRegister(problems)
	return func(status int) { problems.WithLabelValues(strconv.Itoa(status)).Inc() }
}

// WatchStream registers what the hub of live changes counts.
func WatchStream(reg prometheus.Registerer, hub *stream.Hub) {
	reg.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "citybrain_stream_clients", Help: "Clients listening to live changes."},
			func() float64 { return float64(hub.Stats().Clients) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "citybrain_stream_situations_total", Help: "Situation events sent."},
			func() float64 { return float64(hub.Stats().Situations) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "citybrain_stream_cases_total", Help: "Case events sent."},
			func() float64 { return float64(hub.Stats().Cases) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "citybrain_stream_entities_total", Help: "Changed entities sent."},
			func() float64 { return float64(hub.Stats().Entities) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "citybrain_stream_slow_total", Help: "Clients disconnected because they did not take what was sent."},
			func() float64 { return float64(hub.Stats().Slow) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "citybrain_stream_resets_total", Help: "Clients told to read entities again."},
			func() float64 { return float64(hub.Stats().Resets) }),
	)
}
