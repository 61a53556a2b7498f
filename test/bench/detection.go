package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"citybrain/pack"
	"citybrain/sim/detection"
)

// detectionArea scores the rules against the truth of the simulated city. It is
// measured alone, once, and not among the others: it says how good the rules
// are, not how fast the program is, and the same program always says the same.
const detectionArea = "detection"

// simulatedCity is the definition that detection scores, with its packs beside.
const simulatedCity = "cities/shili"

// scoreDetection prints the report, and puts it into the file o.Write.
func scoreDetection(ctx context.Context, o Options, out, progress io.Writer) error {
	definition, faults := pack.LoadCity(filepath.FromSlash(simulatedCity), "packs")
	if err := faults.Err(); err != nil {
		return err
	}
	begun := time.Now()
	r, err := detection.Measure(ctx, definition)
	if err != nil {
		return err
	}
	fmt.Fprintf(progress, "detection: took %s\n", time.Since(begun).Round(time.Second))
	if o.JSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		err = e.Encode(r)
	} else {
		_, err = io.WriteString(out, r.Markdown())
	}
	if err != nil || o.Write == "" {
		return err
	}
	return r.Write(o.Write)
}
