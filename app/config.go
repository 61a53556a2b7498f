package app

import (
	"fmt"
	"net"
	"strings"
	"time"

	"citybrain/bus/natsbus"
	"citybrain/city"
	"citybrain/history"
	"citybrain/internal/strictyaml"
	"citybrain/model"
)

// Config is everything an operator can set. Keys are written as in the file:
// "log.max-bytes". Each can be set in the configuration file, by an environment
// variable (CITYBRAIN_SERVE_LOG_MAX_BYTES) and on the command line (--set
// log.max-bytes=…); the later is the stronger.
type Config struct {
	strictyaml.Pos
	City    string  `yaml:"city"`    // folder of the city definition
	Packs   string  `yaml:"packs"`   // folder of the packs; default: packs beside the city's parent folder
	Data    string  `yaml:"data"`    // folder of everything the city keeps
	Listen  string  `yaml:"listen"`  // host:port
	Feeds   string  `yaml:"feeds"`   // folder where the city's feed files lie
	Replay  *Factor `yaml:"replay"`  // unset: live
	From    Moment  `yaml:"from"`    // of a replay
	Until   Moment  `yaml:"until"`   // of a replay
	Auth    string  `yaml:"auth"`    // "" or "open"
	Workers int     `yaml:"workers"` // goroutines that apply changes
	Log     Log     `yaml:"log"`

	Records  string   `yaml:"records"`  // "": SQLite in the data folder; or the address of a PostgreSQL database
	Evidence Evidence `yaml:"evidence"` // proofs and files
	Metrics  Metrics  `yaml:"metrics"`
	SignIn   SignIn   `yaml:"sign-in"`

	Simulation Simulation `yaml:"simulation"`
	Checkpoint Checkpoint `yaml:"checkpoint"`
	History    History    `yaml:"history"`
	HTTP       HTTP       `yaml:"http"`
	LogLevel   string     `yaml:"log-level"` // debug, info, warn or error
	Memory     Memory     `yaml:"memory"`
}

// Log are the settings of the log.
type Log struct {
	strictyaml.Pos
	MaxBytes int64         `yaml:"max-bytes"`
	MaxAge   time.Duration `yaml:"max-age"` // older batches are trimmed once every checkpoint is past them
	Sync     time.Duration `yaml:"sync"`
	Always   bool          `yaml:"sync-always"`
	Reserve  int64         `yaml:"reserve"` // bytes kept free on the disk
}

// Evidence are the settings of what makes cases provable.
type Evidence struct {
	strictyaml.Pos
	// MaxWaiting is how many records may wait for their leaf before moves are
	// refused.
	MaxWaiting int `yaml:"max-waiting"`
	// MaxFile bounds a file attached to a case, in bytes.
	MaxFile int64 `yaml:"max-file"`
}

// Metrics are the settings of /metrics.
type Metrics struct {
	strictyaml.Pos
	// Token lets a collector in that sends it as a bearer token.
	Token string `yaml:"token"`
	// RuleTime has some looks of each rule timed, for the metrics. It decides
	// nothing about what rules find.
	RuleTime bool `yaml:"rule-time"`
}

// SignIn are the settings of sign-in.
type SignIn struct {
	strictyaml.Pos
	// BehindProxy says that a proxy in front of the program ends TLS and sets
	// X-Forwarded-For and X-Forwarded-Proto, which are then believed.
	BehindProxy bool `yaml:"behind-proxy"`
}

// Simulation lets a city that is marked simulated live by itself.
type Simulation struct {
	strictyaml.Pos
	Speed float64 `yaml:"speed"` // how many times faster than the machine's clock; 0: no simulation
	Seed  int64   `yaml:"seed"`
	From  Moment  `yaml:"from"` // where its time begins
}

// Checkpoint are the settings of the checkpoints.
type Checkpoint struct {
	strictyaml.Pos
	Interval time.Duration `yaml:"interval"`
}

// History are the settings of the past.
type History struct {
	strictyaml.Pos
	SealAfter   time.Duration `yaml:"seal-after"`
	MaxTailRows int           `yaml:"max-tail-rows"`
}

// HTTP are the settings of the interfaces.
type HTTP struct {
	strictyaml.Pos
	MaxBody int64 `yaml:"max-body"`
}

// Memory are the settings of the garbage collector.
type Memory struct {
	strictyaml.Pos
	// GCPercent is the growth of the heap between collections, as GOGC.
	GCPercent int `yaml:"gc-percent"`
}

// Defaults.
const (
	DefaultData       = "./data"
	DefaultListen     = "127.0.0.1:8080"
	DefaultMaxAge     = 7 * 24 * time.Hour
	DefaultCheckpoint = 5 * time.Second
	DefaultMaxBody    = 16 << 20
	DefaultGCPercent  = 75
	DefaultMaxWaiting = 10_000
	DefaultMaxFile    = 10 << 20
	DefaultSpeed      = 20 // of a simulation
	AuthOpen          = "open"
)

// Default is the configuration that every setting starts from.
func Default() Config {
	return Config{
		Data: DefaultData, Listen: DefaultListen, Workers: model.DefaultWorkers, LogLevel: "info",
		Log:        Log{MaxBytes: natsbus.DefaultMaxBytes, MaxAge: DefaultMaxAge, Sync: natsbus.DefaultSync, Reserve: natsbus.DefaultReserve},
		Checkpoint: Checkpoint{Interval: DefaultCheckpoint},
		Evidence:   Evidence{MaxWaiting: DefaultMaxWaiting, MaxFile: DefaultMaxFile},
		History:    History{SealAfter: history.DefaultSealAfter, MaxTailRows: history.DefaultMaxTailRows},
		HTTP:       HTTP{MaxBody: DefaultMaxBody},
		Memory:     Memory{GCPercent: DefaultGCPercent},
	}
}

// Factor is the speed of a replay: 1 as it happened, 0 as fast as possible.
type Factor float64

// Moment is an instant in a configuration: RFC 3339.
type Moment struct{ city.Instant }

// UnmarshalText reads RFC 3339.
func (m *Moment) UnmarshalText(text []byte) error {
	i, err := city.ParseInstant(string(text))
	m.Instant = i
	return err
}

// Validate names the first setting that cannot be.
func (c *Config) Validate() error {
	bad := func(key, format string, args ...any) error {
		return city.InvalidField("app.Config", key, format, args...)
	}
	switch {
	case c.City == "":
		return bad("city", "is not set: name the folder of a city definition, such as --city cities/NAME")
	case c.Workers < 1 || c.Workers > city.Lanes:
		return bad("workers", "is %d, want 1 to %d", c.Workers, city.Lanes)
	case c.Auth != "" && c.Auth != AuthOpen:
		return bad("auth", "is %q; the only mode besides the default is open", c.Auth)
	case c.Replay != nil && *c.Replay < 0:
		return bad("replay", "is %g, want 0 (as fast as possible) or more", float64(*c.Replay))
	case c.Replay != nil && (c.From.Instant == 0 || c.Until.Instant == 0):
		return bad("from", "a replay needs --from and --until, such as 2014-08-11T00:00:00Z")
	case c.Replay == nil && (c.From.Instant != 0 || c.Until.Instant != 0):
		return bad("from", "--from and --until are for a replay: add --replay FACTOR")
	case c.Replay != nil && c.From.Instant >= c.Until.Instant:
		return bad("until", "is not after from")
	case c.Replay != nil && c.Feeds == "":
		return bad("feeds", "is not set: a replay needs the folder where the city's feed files lie")
	case c.Log.MaxBytes < 16<<20:
		return bad("log.max-bytes", "is %d, want at least 16 MiB", c.Log.MaxBytes)
	case c.Log.Sync < 10*time.Millisecond:
		return bad("log.sync", "is %s, want at least 10ms (or log.sync-always)", c.Log.Sync)
	case c.Checkpoint.Interval < 10*time.Millisecond:
		return bad("checkpoint.interval", "is %s, want at least 10ms", c.Checkpoint.Interval)
	case c.History.MaxTailRows < 10:
		return bad("history.max-tail-rows", "is %d, want at least 10", c.History.MaxTailRows)
	case c.HTTP.MaxBody < 1024:
		return bad("http.max-body", "is %d, want at least 1024", c.HTTP.MaxBody)
	case c.Memory.GCPercent < 10:
		return bad("memory.gc-percent", "is %d, want at least 10", c.Memory.GCPercent)
	}
	if err := c.validateParts(); err != nil {
		return err
	}
	return c.validateListen()
}

func (c *Config) validateParts() error {
	bad := func(key, format string, args ...any) error {
		return city.InvalidField("app.Config", key, format, args...)
	}
	switch s := c.Simulation; {
	case s.Speed != 0 && !(s.Speed >= 0.1 && s.Speed <= 600):
		return bad("simulation.speed", "is %g, want 0.1 to 600, or 0 for no simulation", s.Speed)
	case s.Speed > 0 && s.From.Instant == 0:
		return bad("simulation.from", "is not set: a simulation begins at a time, such as 2026-06-12T17:20:00+08:00")
	case s.Speed > 0 && c.Replay != nil:
		return bad("simulation.speed", "a city is simulated or replayed, not both")
	case c.Evidence.MaxWaiting < 1:
		return bad("evidence.max-waiting", "is %d, want at least 1", c.Evidence.MaxWaiting)
	case c.Evidence.MaxFile < 1024:
		return bad("evidence.max-file", "is %d, want at least 1024", c.Evidence.MaxFile)
	case c.Records != "" && !strings.HasPrefix(c.Records, "postgres://") && !strings.HasPrefix(c.Records, "postgresql://"):
		return bad("records", "is not the address of a PostgreSQL database, such as postgres://user@host:5432/citybrain")
	case c.Metrics.Token != "" && len(c.Metrics.Token) < 16:
		return bad("metrics.token", "is shorter than 16 characters")
	}
	return nil
}

func (c *Config) validateListen() error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return city.InvalidField("app.Config", "listen", "%q is not host:port", c.Listen)
	}
	if c.Auth == AuthOpen && !isLoopback(host) {
		return city.InvalidField("app.Config", "auth", "open lets every request act as administrator and is accepted only on loopback; %s is not (use 127.0.0.1 or [::1])", c.Listen)
	}
	return nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// String is for messages.
func (f Factor) String() string { return fmt.Sprintf("%g", float64(f)) }
