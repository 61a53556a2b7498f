package e2e

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// TestSurface asks every place that operators' scripts rely on.
func TestSurface(t *testing.T) {
	server := townSetup(t).start(t)
	c := dial(t, server)
	for _, place := range []struct{ target, holds string }{
		{"/healthz", ""},
		{"/readyz", ""},
		{"/metrics", "# TYPE "},
		{"/api/openapi.json", `"openapi":"3.1`},
		{"/api/v1/feeds", `"report"`},
		{"/api/v1/situations", `"situations":[]`},
		{"/ngsi-ld/v1/types", "EntityTypeList"},
	} {
		a, err := c.Do("GET", place.target, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a.Status != 200 || !strings.Contains(strings.ReplaceAll(string(a.Body), `": `, `":`), place.holds) {
			t.Errorf("%s: %d, want %q in %.300s", place.target, a.Status, place.holds, a.Body)
		}
	}
	mentions(t, "the log", server.Output(), "auth", "open")
}

// TestCommands runs what needs no server.
func TestCommands(t *testing.T) {
	for _, args := range [][]string{
		{"version"},
		{"pack", "check", filepath.Join("packs", "parking-relief")},
		{"pack", "test", filepath.Join("packs", "parking-relief")},
		{"city", "check", filepath.Join("cities", "aarhus")},
	} {
		out, said, err := command(t, args...)
		if err != nil || out == "" {
			t.Errorf("%v: %v\n%s%s", args, err, out, said)
		}
	}
	if _, said, err := command(t, "pack", "check", "cities"); err == nil || !strings.Contains(said, "pack.yaml") {
		t.Errorf("a folder that is no pack: %v %s", err, said)
	}
}

// TestOneProcessPerDataFolder starts a second server on a folder in use.
func TestOneProcessPerDataFolder(t *testing.T) {
	s := townSetup(t)
	s.start(t)
	mentions(t, "the refusal", s.refuses(t), "in use", s.data)
}

// TestCreateThenRead holds that a read after 201 sees the entity, a second
// create is 409, and both forms of it agree.
func TestCreateThenRead(t *testing.T) {
	c := dial(t, townSetup(t).start(t))
	body := []byte(`{"id":"urn:ngsi-ld:Vehicle:1","type":"Vehicle","speed":{"type":"Property","value":7,"unitCode":"KMH","observedAt":"2024-03-01T00:00:00Z"},
		"owner":{"type":"Relationship","object":"urn:ngsi-ld:Agency:fleet"},"location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[10.2,56.15]}}}`)
	for _, want := range []int{201, 409} {
		a, err := c.Do("POST", entitiesPath, body)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Err(want); err != nil {
			t.Fatal(err)
		}
	}
	var normalized, simple map[string]any
	get(t, c, entitiesPath+"/urn:ngsi-ld:Vehicle:1", &normalized)
	get(t, c, entitiesPath+"/urn:ngsi-ld:Vehicle:1?options=keyValues", &simple)
	speed, _ := normalized["speed"].(map[string]any)
	if speed["value"] != 7.0 || speed["unitCode"] != "KMH" || simple["speed"] != 7.0 || simple["owner"] != "urn:ngsi-ld:Agency:fleet" {
		text, _ := json.Marshal(normalized)
		t.Errorf("%s\n%v", text, simple)
	}
}
