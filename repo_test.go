package citybrain_test

import (
	"slices"
	"strings"
	"testing"
)

const module = "citybrain"

// A room is a folder, or with /... a folder and everything below it. An import
// is written the same way; our own packages without the module name.

// direction says what the rooms may not import, directly or through another
// room of ours. Test files are free: they start the real parts.
type direction struct {
	rooms  []string
	forbid []string
	except []string // imports among the forbidden that are allowed
	why    string
}

var (
	domainRooms = []string{"alarm/...", "model/...", "history/...", "rule/...", "catalog/...", "pack/...", "casework/...", "identity/...", "indicator/...", "ledger"}
	network     = []string{"net/http", "net/http/...", "github.com/nats-io/...", "github.com/danielgtaylor/huma/v2/..."}
	databases   = []string{"database/sql", "database/sql/...", "modernc.org/...", "github.com/pressly/goose/v3/..."}
	adapters    = []string{"bus/natsbus", "store/..."}
	faces       = []string{"api/...", "console/...", "app/...", "cmd/...", "test/..."}
)

var directions = []direction{
	{[]string{"city"}, []string{"citybrain/..."}, nil,
		"the vocabulary imports nothing of ours; every arrow ends there"},
	{domainRooms, network, nil,
		"domain rooms know no network; app hands them what they need behind their own interfaces"},
	{domainRooms, databases, nil,
		"domain rooms know no database; store/ implements their interfaces"},
	{domainRooms, adapters, nil,
		"adapters depend on the domain, not the other way round"},
	{domainRooms, faces, nil,
		"interfaces and wiring stand above the domain rooms"},
	{[]string{"model/...", "history/...", "rule/...", "catalog/..."}, []string{"feed/...", "pack/..."}, nil,
		"the ways in and the loader of packs stand above these rooms"},
	{[]string{"pack"}, []string{"feed/..."}, []string{"feed/mapping", "feed/crs"},
		"a city definition needs the compiled mappings, not the connectors"},
	{[]string{"casework/..."}, []string{"citybrain/..."}, []string{"city", "catalog", "casework/...", "internal/..."},
		"a case is handled by rules of its own; what opens it, keeps it and proves it is joined in app"},
	{[]string{"identity/..."}, []string{"citybrain/..."}, []string{"city", "ledger", "identity/...", "internal/..."},
		"who somebody is does not depend on what they work with"},
	{[]string{"ledger/..."}, []string{"citybrain/..."}, []string{"city", "ledger/...", "internal/..."},
		"evidence proves records of any room and knows none"},
	{[]string{"indicator/..."}, []string{"citybrain/..."}, []string{"city", "model", "internal/...", "bus"},
		"a figure counts the present and what is handed to it"},
	{[]string{"rule/...", "catalog/...", "casework/...", "model/...", "history/...", "feed/...", "api/...", "pack/..."}, []string{"sim/..."}, nil,
		"nothing that judges the city may see the simulation's truth"},
	{[]string{"sim", "sim/land", "sim/traffic"}, slices.Concat(network, []string{"feed/...", "rule/..."}), nil,
		"the simulated city knows nothing of what looks at it"},
	{[]string{"sim/..."}, slices.Concat(adapters, databases, []string{"api/...", "app/...", "cmd/..."}), nil,
		"the simulated city makes rows; how they come in is the program's own way"},
	{[]string{"ledger/tesseralog"}, slices.Concat(adapters, faces, databases, []string{"feed/..."}), nil,
		"an adapter of the ledger; it gets records behind ledger.Outbox"},
	{[]string{"rule/window", "rule/pattern", "rule/detect"}, []string{"citybrain/..."}, []string{"city"},
		"what a rule remembers is pure state: the engine stands above it"},
	{[]string{"alarm/..."}, []string{"citybrain/..."}, []string{"city", "catalog", "ledger", "internal/..."},
		"what is announced depends on situations, ticks and commands alone"},
	{[]string{"backtest", "backtest/report", "backtest/score"}, slices.Concat(adapters, databases, []string{"api/...", "app/...", "cmd/...", "sim/..."}), nil,
		"a backtest leaves log, records and server out, and never sees the simulation's truth"},
	{[]string{"console"}, []string{"citybrain/..."}, nil,
		"the pages speak HTTP like anybody else's"},
	{[]string{"rule/..."}, []string{"model/...", "history/...", "catalog/..."}, nil,
		"the engine is a function of the log alone, so that a backtest needs nothing else"},
	{[]string{"history/...", "catalog/..."}, []string{"model/...", "rule/..."}, nil,
		"the present and the rules build on these rooms"},
	{[]string{"city", "rule/...", "alarm", "catalog", "pack", "feed/mapping", "feed/crs", "history", "bus", "casework", "identity", "ledger", "indicator"}, []string{"internal/clock"}, nil,
		"time is an input: these rooms take instants as arguments"},
	{[]string{"city", "model", "history", "rule/...", "alarm", "backtest/...", "catalog", "pack", "feed/mapping", "feed/crs", "bus", "casework", "identity", "ledger", "indicator"}, []string{"math/rand", "math/rand/v2", "crypto/rand"}, nil,
		"the same log gives the same result"},
	{[]string{"feed/mapping", "feed/crs", "feed/rowfile"}, slices.Concat(network, databases), nil,
		"mappings and row readers are pure; only the connectors talk"},
	{[]string{"feed/..."}, slices.Concat(adapters, faces, databases), nil,
		"a way in hands changes to a gate and knows neither log nor records"},
	{[]string{"bus"}, []string{"citybrain/..."}, []string{"city", "internal/..."},
		"the binary form of a batch needs only the vocabulary"},
	{[]string{"bus/...", "store/..."}, slices.Concat(faces, []string{"feed/..."}), nil,
		"an adapter serves the domain and knows nothing above it"},
	{[]string{"api/..."}, slices.Concat(adapters, []string{"app/...", "cmd/...", "test/..."}, databases, []string{"github.com/nats-io/..."}), nil,
		"an interface reaches log and records only through domain rooms"},
	{[]string{"internal/..."}, []string{"citybrain/..."}, []string{"city", "internal/..."},
		"internal/ serves every room and so stands below all but the vocabulary"},
	{[]string{"app/..."}, []string{"cmd/...", "test/..."}, nil,
		"the program does not depend on its own command line or tests"},
	{[]string{"cmd/..."}, []string{"citybrain/..."}, []string{"app/...", "city", "pack/...", "ledger", "test/bench"},
		"cmd only parses the command line and calls app, the checks of packs, or the benchmarks"},
}

// TestDirections holds the arrows of the design: cmd → app → {api, feed,
// adapters} → domain rooms → city.
func TestDirections(t *testing.T) {
	tree := loadTree(t)
	for _, d := range directions {
		for _, room := range tree.packages {
			if !matchAny(d.rooms, room.path) {
				continue
			}
			// app may import everything, so a path through it says nothing new.
			direct := room.path == "app" || strings.HasPrefix(room.path, "cmd/")
			for _, chain := range tree.reach(room, direct) {
				last := chain[len(chain)-1]
				if matchAny(d.forbid, last) && !matchAny(d.except, last) {
					t.Errorf("package %s imports %s: %s", room.path, strings.Join(chain, ", which imports "), d.why)
				}
			}
		}
	}
}

// libraries names the only rooms that may import a library, so that replacing
// it touches one room. test/ is free.
var libraries = []struct {
	library string
	rooms   []string
	why     string
}{
	{"encoding/json/...", []string{"internal/wire"}, "one JSON codec with one strictness, in internal/wire"},
	{"go.yaml.in/...", []string{"internal/strictyaml", "rule"}, "every file of a user gets line numbers and every fault at once"},
	{"github.com/nats-io/...", []string{"bus/natsbus"}, "the log can be put on another server"},
	{"database/sql", []string{"store/sqlstore"}, "SQL is written by hand in one package"},
	{"modernc.org/...", []string{"store/sqlstore"}, "SQL is written by hand in one package"},
	{"github.com/jackc/pgx/...", []string{"store/sqlstore"}, "SQL is written by hand in one package"},
	{"github.com/transparency-dev/...", []string{"ledger/..."}, "the log of evidence can be put on another store"},
	{"k8s.io/klog/v2", []string{"ledger/tesseralog"}, "logs are slog's; a library's own are silenced where it is used"},
	{"golang.org/x/crypto/...", []string{"identity"}, "passwords are hashed in one place"},
	{"github.com/pressly/goose/...", []string{"store/sqlstore"}, "SQL is written by hand in one package"},
	{"github.com/parquet-go/...", []string{"history/..."}, "only the past writes columns"},
	{"cel.dev/...", []string{"rule/..."}, "one expression language, compiled in one place"},
	{"github.com/danielgtaylor/huma/...", []string{"api/..."}, "only interfaces describe themselves"},
	{"github.com/alecthomas/kong", []string{"cmd/...", "app/...", "test/..."}, "only the command line is parsed with it"},
	{"github.com/tidwall/...", []string{"model/...", "rule/..."}, "places are indexed where they are asked for"},
	{"github.com/google/go-cmp/...", []string{"history/historytest", "casework/casetest", "identity/identitytest", "ledger/ledgertest"}, "only tests and contract suites compare with it"},
	{"net/http", []string{"api/...", "feed/push", "app/...", "cmd/...", "test/...", "internal/testkit"}, "only ways in and interfaces speak HTTP"},
}

// TestLibraries holds each library in its room. Test files are free.
func TestLibraries(t *testing.T) {
	for _, room := range loadTree(t).packages {
		for _, path := range room.imports {
			for _, l := range libraries {
				if match(l.library, path) && !matchAny(l.rooms, room.path) && !match("test/...", room.path) {
					t.Errorf("package %s imports %s: %s (allowed in %s)", room.path, path, l.why, orNone(l.rooms))
				}
			}
		}
	}
}

// TestEveryRoomIsKnown keeps the table above complete: a new folder is a
// decision about directions.
func TestEveryRoomIsKnown(t *testing.T) {
	known := []string{".", "test/..."}
	for _, d := range directions {
		known = append(known, d.rooms...)
	}
	for _, room := range loadTree(t).packages {
		if !matchAny(known, room.path) {
			t.Errorf("package %s stands in no direction of repo_test.go: say what it may not import and why", room.path)
		}
	}
}

// TestMatch guards the patterns that the other rules rely on.
func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"model", "model", true},
		{"model", "model/sub", false},
		{"api/...", "api/ngsild", true},
		{"api/...", "api", true},
		{"api/...", "apis", false},
		{"citybrain/...", "city", true},
		{"citybrain/...", "net/http", false},
		{"citybrain/...", "go.yaml.in/yaml/v3", false},
		{"net/http", "net/http/pprof", false},
		{"github.com/nats-io/...", "github.com/nats-io/nats.go/jetstream", true},
	} {
		if got := match(c.pattern, c.path); got != c.want {
			t.Errorf("match(%q, %q) = %v", c.pattern, c.path, got)
		}
	}
}

func matchAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, path) })
}

// match says whether a pattern covers a path. "citybrain/..." covers every
// package of ours: those are the paths whose first folder exists here.
func match(pattern, path string) bool {
	if pattern == module+"/..." {
		return ours(path)
	}
	prefix, below := strings.CutSuffix(pattern, "/...")
	if !below {
		return pattern == path
	}
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

func orNone(rooms []string) string {
	if len(rooms) == 0 {
		return "test files"
	}
	return strings.Join(rooms, ", ")
}
