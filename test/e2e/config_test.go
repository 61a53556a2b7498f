package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWrongConfigurationIsNamed starts with configurations that must not work.
func TestWrongConfigurationIsNamed(t *testing.T) {
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "citybrain.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		args  []string
		env   []string
		names []string
	}{
		"unknown key in the file":      {args: []string{"--config", write("listen: 127.0.0.1:0\nlisen: 127.0.0.1:0\n")}, names: []string{"lisen", "citybrain.yaml:2"}},
		"wrong value in the file":      {args: []string{"--config", write("checkpoint:\n  interval: soon\n")}, names: []string{"interval", "soon"}},
		"a file that is not there":     {args: []string{"--config", "nowhere.yaml"}, names: []string{"nowhere.yaml"}},
		"unknown flag":                 {args: []string{"--fast"}, names: []string{"--fast"}},
		"unknown variable":             {env: []string{"CITYBRAIN_SERVE_LISEN=127.0.0.1:0"}, names: []string{"CITYBRAIN_SERVE_LISEN"}},
		"open to the network":          {args: []string{"--listen", "0.0.0.0:0"}, names: []string{"auth", "loopback"}},
		"a city that is not there":     {args: []string{"--city", "nowhere"}, names: []string{"nowhere"}},
		"a window that ends too early": {args: []string{"--feeds", ".", "--replay", "0", "--from", "2014-09-01T00:00:00Z", "--until", "2014-08-01T00:00:00Z"}, names: []string{"until"}},
		"an address that is none":      {args: []string{"--listen", "here"}, names: []string{"listen"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := townSetup(t, c.args...)
			s.env = c.env
			said := s.refuses(t)
			mentions(t, "the refusal", said, c.names...)
			if strings.Contains(said, "goroutine ") {
				t.Errorf("a panic:\n%s", said)
			}
		})
	}
}
