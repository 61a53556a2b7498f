package history_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"citybrain/city"
	"citybrain/history"
	"citybrain/history/historytest"
)

// folder is a past of two sealed days, closed, and the files of the days.
func folder(t *testing.T) (dir string, m *historytest.Memory, files []string) {
	m, dir = &historytest.Memory{}, t.TempDir()
	p := open(t, dir, m, history.Options{})
	p.Apply(1, readingsOf("urn:x:1", august, 10))
	p.Apply(2, readingsOf("urn:x:1", august.Add(day), 10))
	seal(t, p, 2, august.Add(3*day))
	p.Close()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.parquet"))
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	return dir, m, files
}

func wantUnavailable(t *testing.T, err error, mentions ...string) {
	t.Helper()
	var e *city.Error
	if !errors.As(err, &e) || e.Kind != city.Unavailable {
		t.Fatalf("%v, want unavailable", err)
	}
	for _, m := range append(mentions, "restore") {
		if !strings.Contains(e.Detail, m) {
			t.Fatalf("%q does not mention %q", e.Detail, m)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, dir, file string){
		"is missing":       func(t *testing.T, _, file string) { must(t, os.Remove(file)) },
		"bytes and should": func(t *testing.T, _, file string) { must(t, os.Truncate(file, 100)) },
		"does not name, such": func(t *testing.T, dir, file string) {
			copyFile(t, file, dir+"/Garage/2013-01-01.1.parquet", dir+"/X/2013-01-01.1.parquet")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, m, files := folder(t)
			harm(t, dir, files[0])
			_, err := history.Open(context.Background(), dir, m, history.Options{})
			wantUnavailable(t, err, name, "log still starts at message 1")
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from string, to ...string) {
	t.Helper()
	data, err := os.ReadFile(from)
	must(t, err)
	for _, name := range to {
		must(t, os.MkdirAll(filepath.Dir(name), 0o750))
		must(t, os.WriteFile(name, data, 0o600))
	}
}

// A crash leaves one unfinished and one unnamed file; other files are left alone.
func TestOpenCleansUp(t *testing.T) {
	dir, m, files := folder(t)
	temp, unnamed, note := dir+"/Garage/2014-08-13.1.parquet.tmp", dir+"/Garage/2014-08-12.2.parquet", dir+"/Garage/notes.txt"
	copyFile(t, files[0], temp, unnamed, note)
	p := open(t, dir, m, history.Options{})
	for file, want := range map[string]bool{temp: false, unnamed: false, note: true, files[0]: true} {
		if _, err := os.Stat(file); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", file, err == nil, want)
		}
	}
	if n := length(t, p, history.Query{Entity: "urn:x:1"}); n != 20 {
		t.Fatalf("%d readings, want 20", n)
	}
}

// A damaged segment fails what needs it and nothing else, and works again once
// it is restored.
func TestDamagedSegment(t *testing.T) {
	dir, m, files := folder(t)
	sound, err := os.ReadFile(files[0])
	must(t, err)
	p := open(t, dir, m, history.Options{})
	for _, at := range []int{0, 4, len(sound) / 3, len(sound) / 2, len(sound) - 9, len(sound) - 1} {
		harmed := append([]byte(nil), sound...)
		harmed[at] ^= 0x40
		must(t, os.WriteFile(files[0], harmed, 0o600))
		_, err := p.Series(context.Background(), history.Query{Entity: "urn:x:1"})
		wantUnavailable(t, err, files[0], "SHA-256")
		_, err = p.Has("Garage", "urn:x:1", "parking", august)
		wantUnavailable(t, err, files[0])
	}
	other := history.Query{Entity: "urn:x:1", Interval: city.Interval{From: august.Add(day)}}
	if n := length(t, p, other); n != 10 {
		t.Fatalf("%d readings of the sound day, want 10", n)
	}
	must(t, os.WriteFile(files[0], sound, 0o600))
	if n := length(t, p, history.Query{Entity: "urn:x:1"}); n != 20 {
		t.Fatalf("%d readings after the file was restored, want 20", n)
	}
}
