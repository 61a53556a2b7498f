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
	"citybrain/api/caller"
	"citybrain/api/cases"
	"citybrain/api/ngsild"
	"citybrain/api/pages"
	"citybrain/api/people"
	"citybrain/api/problem"
	"citybrain/api/proofs"
	"citybrain/api/silences"
	"citybrain/api/stream"
	"citybrain/api/views"
	"citybrain/casework"
	"citybrain/city"
	"citybrain/console"
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
	change, err := a.store.LastNotice(ctx)
	if err != nil {
		return nil, err
	}
	caseChange, err := a.store.LastCaseChange(ctx)
	if err != nil {
		return nil, err
	}
	board, err := newBoard(a)
	if err != nil {
		return nil, err
	}
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), cityMetrics{a})
	count := api.CountProblems(metrics)
	problems := &problem.Reporter{Log: a.Logger, Count: count}
	pages, err := pages.New(console.Pages(), problems)
	if err != nil {
		return nil, err
	}
	w := &web{a: a}
	w.hub = stream.NewHub(stream.Options{
		Situations: status{a}, Present: a.present, Cases: a.store, Problems: problems,
		Position: city.Position(a.follower.position.Load()), Change: change, CaseChange: caseChange,
		Clock: a.clock, Speed: a.clock.speed,
	})
	a.desk.Announce = func(list []casework.Case) {
		w.hub.PublishCases(list)
		a.evidence.log.Wake()
	}
	a.follower.whenKept(a.cases.nudge)
	api.WatchStream(metrics, w.hub)
	handler := api.New(api.Options{
		NGSILD: ngsild.New(ngsild.Options{
			Present: a.present, Writer: a.writer, Past: a.past, Clock: a.clock, MaxBody: a.Config.HTTP.MaxBody,
			Problems: &problem.Reporter{Log: a.Logger, Count: count, Words: problem.NGSILD},
		}),
		Admin: admin.New(admin.Options{
			City: status{a}.city(), Feeds: status{a}, Pusher: a.feeds, Quarantine: status{a}, Situations: status{a},
			Log: status{a}, Rules: status{a}, Clock: a.clock, Speed: a.clock.speed, Problems: problems, MaxPush: a.Config.HTTP.MaxBody, Version: a.Version,
			People: people.Options{Office: a.office, City: a.City.Name, Simulated: a.City.Simulated, Posts: a.City.Posts(), Wall: &a.wall, Proxy: caller.Proxy(a.Config.SignIn.BehindProxy)},
			Cases:  cases.Options{Desk: a.desk, Named: a.named, Files: a.files, Problems: problems, MaxFile: a.Config.Evidence.MaxFile},
			Proofs: proofs.Options{Ledger: a.evidence, Cases: a.store, Problems: problems},
			Alarms: silences.Options{Silencer: silencer{a}, Silences: status{a}, Clock: a.clock},
			Views:  views.Options{Board: board, Layers: a.City.Layers(), Basemap: a.City.Basemap(), Clock: a.clock, Wall: &a.wall},
		}),
		Stream: w.hub, Console: pages, Auth: authenticator(a), MetricsToken: a.Config.Metrics.Token, Ready: a.ready,
		Metrics: metrics, Problems: problems, Log: a.Logger,
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

func authenticator(a *App) api.Authenticator {
	if a.Config.Auth == AuthOpen {
		return &api.Open{Posts: a.City.Posts()}
	}
	return &api.Sessions{Office: a.office, Wall: &a.wall}
}

// run listens and serves until ctx ends. It prints the address on standard
// output, because with port 0 nobody else knows it.
func (w *web) run(ctx context.Context) error {
	listener, err := net.Listen("tcp", w.a.Config.Listen)
	if err != nil {
		return &city.Error{Kind: city.Unavailable, Op: "app.Run", Field: "listen", Detail: fmt.Sprintf("cannot listen on %s: %v; choose another --listen, such as 127.0.0.1:0 for any free port", w.a.Config.Listen, err)}
	}
	if w.a.Config.Auth == AuthOpen {
		fmt.Fprintln(os.Stderr, "WARNING: --auth open: every request from this machine acts as administrator. For tests and benchmarks only.")
	}
	if host, _, _ := net.SplitHostPort(listener.Addr().String()); !isLoopback(host) && !w.a.Config.SignIn.BehindProxy {
		w.a.Logger.Warn("passwords and sessions cross the network unencrypted: this program does not speak TLS; put a proxy that does in front of it, listen on loopback, and set sign-in.behind-proxy", "listen", w.a.Config.Listen)
	}
	address := "http://" + listener.Addr().String()
	if err := w.a.offerSetup(ctx, address); err != nil {
		listener.Close()
		return err
	}
	fmt.Printf("listening on %s\n", address)
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
