package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"citybrain/api"
	"citybrain/api/admin"
	"citybrain/api/ngsild"
	"citybrain/api/problem"
	"citybrain/api/stream"
	"citybrain/city"
)

// web is the HTTP side of a city.
type web struct {
	a      *App
	server *http.Server
	hub    *stream.Hub
}

func newWeb(a *App) (*web, error) {
	ctx := context.Background()
	if err := a.follower.flush(ctx); err != nil {
		return nil, err
	}
	change, err := a.store.LastSituationChange(ctx)
	if err != nil {
		return nil, err
	}
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), cityMetrics{a})
	count := api.CountProblems(metrics)
	problems := &problem.Reporter{Log: a.Logger, Count: count}
	w := &web{a: a}
	w.hub = stream.NewHub(stream.Options{
		Situations: status{a}, Present: a.present, Problems: problems,
		Position: city.Position(a.follower.position.Load()), Change: change,
	})
	api.WatchStream(metrics, w.hub)
	handler := api.New(api.Options{
		NGSILD: ngsild.New(ngsild.Options{
			Present: a.present, Writer: a.writer, Past: a.past, Clock: a.clock, MaxBody: a.Config.HTTP.MaxBody,
			Problems: &problem.Reporter{Log: a.Logger, Count: count, Words: problem.NGSILD},
		}),
		Admin: admin.New(admin.Options{
			City: status{a}.city(), Feeds: status{a}, Pusher: a.feeds, Quarantine: status{a}, Situations: status{a},
			Log: status{a}, Clock: a.clock, Problems: problems, MaxPush: a.Config.HTTP.MaxBody, Version: a.Version,
		}),
		Stream: w.hub, Auth: authenticator(a.Config), Ready: a.ready, Metrics: metrics, Problems: problems, Log: a.Logger,
	})
	w.server = handler.Server()
	a.follower.listen(func(pos city.Position, b *city.Batch, changed []city.Situation) {
		w.hub.Batch(pos, b)
		if len(changed) > 0 {
			w.hub.Publish(changed)
		}
	})
	return w, nil
}

func authenticator(c Config) api.Authenticator {
	if c.Auth == AuthOpen {
		return &api.Open{}
	}
	return api.Closed{}
}

// run listens and serves until ctx ends. It prints the address on standard
// output, because with port 0 nobody else knows it.
func (w *web) run(ctx context.Context) error {
	listener, err := net.Listen("tcp", w.a.Config.Listen)
	if err != nil {
		return &city.Error{Kind: city.Unavailable, Op: "app.Run", Field: "listen", Detail: fmt.Sprintf("cannot listen on %s: %v", w.a.Config.Listen, err)}
	}
	if w.a.Config.Auth == AuthOpen {
		fmt.Fprintln(os.Stderr, "WARNING: --auth open: every request from this machine acts as administrator. For tests and benchmarks only.")
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	failed := make(chan error, 1)
	go func() { failed <- w.server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	w.hub.Close()
	end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := w.server.Shutdown(end); err != nil {
		return errors.Join(err, w.server.Close())
	}
	return nil
}
