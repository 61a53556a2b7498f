package admin

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write console/openapi.json anew")

// The console's types are made from this file, so that a change of the
// interface is a change that the console's compiler sees.
const consoleDocument = "../../console/openapi.json"

func TestConsoleKnowsTheInterface(t *testing.T) {
	want, err := Document()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(consoleDocument, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(consoleDocument)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("console/openapi.json is not the document of the interface (%v): go test ./api/admin -run TestConsoleKnowsTheInterface -update", err)
	}
}
