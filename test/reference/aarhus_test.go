package reference_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"citybrain/test/reference"

	"github.com/google/go-cmp/cmp"
)

// TestAarhus computes the whole window and prints what it holds.
func TestAarhus(t *testing.T) {
	data := os.Getenv("CITYBRAIN_DATA")
	switch {
	case data == "":
		t.Skip("CITYBRAIN_DATA is empty: no real data")
	case testing.Short():
		t.Skip("-short: the whole Aarhus window takes some seconds")
	}
	folder := filepath.Join(data, "aarhus")
	w := reference.WindowOf(time.Date(2014, 8, 11, 0, 0, 0, 0, time.UTC), time.Date(2014, 9, 1, 0, 0, 0, 0, time.UTC))
	r, err := reference.Compute(folder, w, reference.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", r.Summary())
	for _, rows := range r.Rows {
		if rows.Sum() != rows.Total {
			t.Errorf("%s: %d rows, %d in a class", rows.File, rows.Total, rows.Sum())
		}
	}
	counted, err := reference.Compute(folder, w, reference.Options{CountFaulty: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Of("garage-pressure"), counted.Of("garage-pressure")); diff == "" {
		t.Log("readings of faulty garages make no difference to garage-pressure")
	} else {
		t.Logf("counting readings of faulty garages would change garage-pressure (-not counted +counted)\n%s", diff)
	}
}
