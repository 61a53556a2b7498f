package rule

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"citybrain/internal/strictyaml"
	"citybrain/rule/detect"
)

const schemaFile = "../docs/rules.schema.json"

// The forms of texts that are more than a text.
var (
	durationForm = regexp.MustCompile(`^-?([0-9.]+(ns|us|µs|ms|s|m|h|d))+$`)
	lengthForm   = regexp.MustCompile(`^[0-9.]+ ?k?m$`)
)

// enums are the words that keys may have, by the type that has them.
func enums(of reflect.Type, key string) []string {
	switch {
	case key == "severity":
		return []string{"minor", "moderate", "major", "critical"}
	case key == "fold":
		return []string{"count", "sum", "avg", "min", "max", "median", "quantile", "stddev", "rate", "pace", "distinct", "first", "last", "mad"}
	case key == "measure":
		return []string{"vertices", "ends"}
	case of != reflect.TypeFor[Let]():
		return nil
	}
	switch key {
	case "as":
		return []string{"number", "text"}
	case "gives":
		return []string{givesScore, givesExpected, givesSpread}
	case "baseline", "season":
		return []string{"day", "weekday", "week"}
	case "detector":
		var names []string
		for _, k := range detect.Kinds() {
			names = append(names, k.String())
		}
		return names
	}
	return nil
}

type node = map[string]any

// schema describes a type as an editor wants it: JSON Schema, draft 7.
type schema struct {
	defs  node
	words map[string]string // what the manual says of a rule's keys
}

func (s *schema) of(t reflect.Type, in reflect.Type, key string) node {
	if words := enums(in, key); words != nil {
		return node{"enum": words}
	}
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return node{"type": "string", "pattern": durationForm.String()}
	case t == reflect.TypeFor[Metres]():
		return node{"type": "string", "pattern": lengthForm.String()}
	case t == reflect.TypeFor[Span]():
		return node{"type": []string{"string", "integer"}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem(), in, key)
	case reflect.Struct:
		return s.object(t)
	case reflect.Slice:
		return node{"type": "array", "items": s.of(t.Elem(), nil, "")}
	case reflect.Map:
		return node{"type": "object", "additionalProperties": s.of(t.Elem(), nil, "")}
	case reflect.Bool:
		return node{"type": "boolean"}
	case reflect.Int:
		return node{"type": "integer"}
	case reflect.Float64:
		return node{"type": "number"}
	}
	return node{"type": "string"}
}

func (s *schema) object(t reflect.Type) node {
	ref := node{"$ref": "#/definitions/" + t.Name()}
	if s.defs[t.Name()] != nil {
		return ref
	}
	properties := node{}
	required := []string{}
	s.defs[t.Name()] = node{} // types may hold themselves
	for i := range t.NumField() {
		f := t.Field(i)
		key, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if f.Type == reflect.TypeFor[strictyaml.Pos]() || key == "" {
			continue
		}
		p := s.of(f.Type, t, key)
		if t == reflect.TypeFor[Spec]() && s.words[key] != "" {
			if p["$ref"] != nil {
				p = node{"allOf": []node{p}}
			}
			p["description"] = s.words[key]
		}
		properties[key] = p
		if opts == "required" {
			required = append(required, key)
		}
	}
	out := node{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	s.defs[t.Name()] = out
	return ref
}

var keyRow = regexp.MustCompile("(?m)^\\| ((?:`[a-z]+`(?:, )?)+) \\| (.*) \\|$")

// manualKeys is what the table of keys in docs/rules.md says.
func manualKeys(t *testing.T) map[string]string {
	text, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n## Conditions")
	words := map[string]string{}
	link := regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`)
	for _, m := range keyRow.FindAllStringSubmatch(first, -1) {
		for _, key := range strings.Split(m[1], ", ") {
			words[strings.Trim(key, "`")] = strings.ReplaceAll(link.ReplaceAllString(m[2], "$1"), "`", "")
		}
	}
	return words
}

func rulesSchema(t *testing.T) node {
	s := &schema{defs: node{}, words: manualKeys(t)}
	for _, key := range []string{"rule", "when", "let", "procedure", "sequence"} {
		if s.words[key] == "" {
			t.Errorf("the table of keys in docs/rules.md says nothing of %s", key)
		}
	}
	ref := s.object(reflect.TypeFor[Spec]())
	return node{
		"$schema": "http://json-schema.org/draft-07/schema#", "title": "Rules of a City Brain pack",
		"description": "A file of a pack's folder rules/: one rule or a list. The manual is docs/rules.md.",
		"anyOf":       []node{ref, {"type": "array", "items": ref}}, "definitions": s.defs,
	}
}

// TestSchema holds docs/rules.schema.json to what the program reads; -update
// writes it.
func TestSchema(t *testing.T) {
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(rulesSchema(t)); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(schemaFile, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil || string(got) != want.String() {
		t.Errorf("%s is not what the program reads: run go test ./rule -run TestSchema -update (%v)", schemaFile, err)
	}
}

// TestRulesFitSchema validates the rules of all packs and of the manual, and
// what must not pass.
func TestRulesFitSchema(t *testing.T) {
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var root node
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	v := validator{defs: root["definitions"].(node)}
	files, _ := filepath.Glob("../packs/*/rules/*.yaml")
	texts := map[string]string{"the reference": slowRules, "the oracle": oracleRules}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		texts[f] = string(text)
	}
	if len(texts) < 6 {
		t.Fatal("the rules of the packs are gone")
	}
	for name, text := range texts {
		if why := v.text(root, text); why != "" {
			t.Errorf("%s: %s", name, why)
		}
	}
	for _, wrong := range []string{"rule: a\nentity: B\n", "rule: a\nentity: B\nseverity: bad\n", "rule: a\nentity: B\nseverity: minor\nfor: soon\n",
		"rule: a\nentity: B\nseverity: minor\nwhenn: x\n", "rule: a\nentity: B\nseverity: minor\nlet: {x: {windows: 1h}}\n"} {
		if v.text(root, wrong) == "" {
			t.Errorf("the schema lets pass:\n%s", wrong)
		}
	}
}

// validator checks values by the part of JSON Schema that schema writes.
type validator struct{ defs node }

func (v validator) text(root node, text string) string {
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		return err.Error()
	}
	return v.check(root, value, "")
}

func (v validator) check(s node, value any, at string) string {
	if ref, ok := s["$ref"].(string); ok {
		return v.check(v.defs[strings.TrimPrefix(ref, "#/definitions/")].(node), value, at)
	}
	if list, ok := s["allOf"].([]any); ok {
		return v.check(list[0].(node), value, at)
	}
	if list, ok := s["anyOf"].([]any); ok {
		if _, isList := value.([]any); isList {
			return v.check(list[1].(node), value, at)
		}
		return v.check(list[0].(node), value, at)
	}
	if words, ok := s["enum"].([]any); ok {
		if !slices.Contains(words, value) {
			return fmt.Sprintf("%s: %v is none of %v", at, value, words)
		}
		return ""
	}
	return v.checkType(s, value, at)
}

func (v validator) checkType(s node, value any, at string) string {
	switch x := value.(type) {
	case map[string]any:
		if s["type"] != "object" {
			return at + " is no mapping"
		}
		return v.checkObject(s, x, at)
	case []any:
		if s["type"] != "array" {
			return at + " is no list"
		}
		for i, item := range x {
			if why := v.check(s["items"].(node), item, fmt.Sprintf("%s[%d]", at, i)); why != "" {
				return why
			}
		}
		return ""
	}
	if s["type"] == "object" || s["type"] == "array" {
		return fmt.Sprintf("%s is %v", at, value)
	}
	if pattern, ok := s["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(fmt.Sprint(value)) {
		return fmt.Sprintf("%s: %v does not match", at, value)
	}
	return ""
}

func (v validator) checkObject(s node, x map[string]any, at string) string {
	if list, ok := s["required"].([]any); ok {
		for _, key := range list {
			if _, has := x[key.(string)]; !has {
				return fmt.Sprintf("%s.%s is missing", at, key)
			}
		}
	}
	properties, _ := s["properties"].(node)
	for key, item := range x {
		sub, known := properties[key].(node)
		if !known {
			if sub, known = s["additionalProperties"].(node); !known {
				return at + "." + key + " is not known"
			}
		}
		if why := v.check(sub, item, at+"."+key); why != "" {
			return why
		}
	}
	return ""
}
