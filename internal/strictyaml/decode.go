package strictyaml

import (
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"citybrain/city"
)

// Pos says where a struct and its keys stand. Embed it in a struct to have it
// filled.
type Pos struct {
	File string
	Line int
	keys map[string]int
}

// At is the line of a key's value, or the line of the struct.
func (p Pos) At(key string) int {
	if n, ok := p.keys[key]; ok {
		return n
	}
	return p.Line
}

// Has says whether the key is written in the file.
func (p Pos) Has(key string) bool { _, ok := p.keys[key]; return ok }

// Fault is a fault at a key of the struct.
func (p Pos) Fault(key, rule, hint, format string, args ...any) city.Fault {
	return city.Fault{File: p.File, Line: p.At(key), Rule: rule, Text: fmt.Sprintf(format, args...), Hint: hint}
}

// Decode reads one YAML document into the struct that into points to.
func Decode(file string, data []byte, into any) city.Faults {
	d := decoder{file: file}
	docs := yaml.NewDecoder(strings.NewReader(string(data)))
	var root yaml.Node
	err := docs.Decode(&root)
	if errors.Is(err, io.EOF) {
		return city.Faults{{File: file, Rule: "empty", Text: "the file holds nothing"}}
	}
	if err != nil {
		return city.Faults{syntaxFault(file, err)}
	}
	var second yaml.Node
	if err := docs.Decode(&second); !errors.Is(err, io.EOF) {
		d.add(second.Line, "one-document", "remove the second document and its ---", "the file holds more than one YAML document")
	}
	d.value(root.Content[0], reflect.ValueOf(into).Elem(), "")
	return d.faults
}

var lineInError = regexp.MustCompile(`line (\d+): (.*)`)

func syntaxFault(file string, err error) city.Fault {
	f := city.Fault{File: file, Rule: "yaml", Text: err.Error(), Hint: "the file is not valid YAML"}
	if m := lineInError.FindStringSubmatch(err.Error()); m != nil {
		f.Line, _ = strconv.Atoi(m[1])
		f.Text = m[2]
	}
	return f
}

type decoder struct {
	file   string
	faults city.Faults
	depth  int
	nodes  int
}

func (d *decoder) add(line int, rule, hint, format string, args ...any) {
	d.faults = append(d.faults, city.Fault{File: d.file, Line: line, Rule: rule, Text: fmt.Sprintf(format, args...), Hint: hint})
}

var (
	posType      = reflect.TypeFor[Pos]()
	durationType = reflect.TypeFor[time.Duration]()
	nodeType     = reflect.TypeFor[yaml.Node]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// Bounds of one file. Aliases may repeat nodes, so nodes are counted as often as
// they are read.
const (
	maxDepth = 64
	maxNodes = 200_000
)

func (d *decoder) value(n *yaml.Node, v reflect.Value, path string) {
	if d.nodes++; d.nodes > maxNodes {
		if d.nodes == maxNodes+1 {
			d.add(n.Line, "size", "aliases may repeat large parts", "the file holds more than %d values", maxNodes)
		}
		return
	}
	if d.depth++; d.depth > maxDepth {
		d.add(n.Line, "depth", "", "nesting is deeper than %d", maxDepth)
		d.depth--
		return
	}
	defer func() { d.depth-- }()
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if v.Type() == nodeType {
		v.Set(reflect.ValueOf(*n))
		return
	}
	if v.Kind() == reflect.Pointer {
		if n.Tag == "!!null" {
			return
		}
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.value(n, v.Elem(), path)
		return
	}
	if v.CanAddr() && v.Addr().Type().Implements(textType) {
		d.text(n, v, path)
		return
	}
	switch {
	case v.Type() == durationType:
		d.duration(n, v, path)
	case v.Kind() == reflect.Struct:
		d.structure(n, v, path)
	case v.Kind() == reflect.Slice:
		d.list(n, v, path)
	case v.Kind() == reflect.Map:
		d.mapping(n, v, path)
	case v.Kind() == reflect.Interface:
		var x any
		if err := n.Decode(&x); err == nil && x != nil {
			v.Set(reflect.ValueOf(x))
		}
	default:
		d.scalar(n, v, path)
	}
}

func (d *decoder) text(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode {
		d.wrongType(n, path, "a text")
		return
	}
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.Value)); err != nil {
		d.add(n.Line, "value", "", "%s: %s", path, err)
	}
}

func (d *decoder) structure(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.wrongType(n, path, "a mapping (key: value)")
		return
	}
	fields, required, posField := fieldsOf(v)
	keys := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if _, twice := keys[key.Value]; twice {
			d.add(key.Line, "repeated-key", "", "%s is written twice", join(path, key.Value))
			continue
		}
		keys[key.Value] = val.Line
		if val.Kind == yaml.MappingNode || val.Kind == yaml.SequenceNode {
			keys[key.Value] = key.Line
		}
		f, ok := fields[key.Value]
		if !ok {
			d.add(key.Line, "unknown-key", knownKeys(fields), "%s is not a key here", join(path, key.Value))
			continue
		}
		d.value(val, f, join(path, key.Value))
	}
	for _, key := range required {
		if _, ok := keys[key]; !ok {
			d.add(n.Line, "missing-key", "", "%s is missing", join(path, key))
		}
	}
	if posField.IsValid() {
		posField.Set(reflect.ValueOf(Pos{File: d.file, Line: n.Line, keys: keys}))
	}
}

func fieldsOf(v reflect.Value) (fields map[string]reflect.Value, required []string, pos reflect.Value) {
	fields = map[string]reflect.Value{}
	for i := range v.NumField() {
		sf := v.Type().Field(i)
		if sf.Type == posType {
			pos = v.Field(i)
			continue
		}
		name, opts, _ := strings.Cut(sf.Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		fields[name] = v.Field(i)
		if opts == "required" {
			required = append(required, name)
		}
	}
	return fields, required, pos
}

func knownKeys(fields map[string]reflect.Value) string {
	names := make([]string, 0, len(fields))
	for n := range fields {
		names = append(names, n)
	}
	sort.Strings(names)
	return "keys here: " + strings.Join(names, ", ")
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, path string) {
	if n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.SequenceNode {
		d.wrongType(n, path, "a list")
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		d.value(item, out.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
	v.Set(out)
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path string) {
	if n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.wrongType(n, path, "a mapping (key: value)")
		return
	}
	out := reflect.MakeMapWithSize(v.Type(), len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		k := reflect.ValueOf(key.Value).Convert(v.Type().Key())
		if out.MapIndex(k).IsValid() {
			d.add(key.Line, "repeated-key", "", "%s is written twice", join(path, key.Value))
			continue
		}
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(val, item, join(path, key.Value))
		out.SetMapIndex(k, item)
	}
	v.Set(out)
}

func (d *decoder) duration(n *yaml.Node, v reflect.Value, path string) {
	dur, err := ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil {
		d.wrongType(n, path, "a duration such as 90s, 10m, 12h or 7d")
		return
	}
	v.SetInt(int64(dur))
}

// ParseDuration is time.ParseDuration that also knows whole days ("7d").
func ParseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil || n < -36500 || n > 36500 {
			return 0, fmt.Errorf("%q is not a duration", s)
		}
		return time.Duration(n * 24 * float64(time.Hour)), nil
	}
	return time.ParseDuration(s)
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode {
		d.wrongType(n, path, kindName(v.Kind()))
		return
	}
	var err error
	switch v.Kind() {
	case reflect.String:
		if n.Tag == "!!null" {
			return
		}
		v.SetString(n.Value)
	case reflect.Bool:
		var b bool
		if err = n.Decode(&b); err == nil {
			v.SetBool(b)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		var i int64
		if err = n.Decode(&i); err == nil && v.OverflowInt(i) {
			err = errors.New("too large")
		}
		if err == nil {
			v.SetInt(i)
		}
	case reflect.Float64, reflect.Float32:
		var f float64
		if err = n.Decode(&f); err == nil {
			v.SetFloat(f)
		}
	default:
		err = fmt.Errorf("strictyaml cannot decode into %s", v.Type())
	}
	if err != nil {
		d.wrongType(n, path, kindName(v.Kind()))
	}
}

func kindName(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float64, reflect.Float32:
		return "a number"
	}
	return "a whole number"
}

func (d *decoder) wrongType(n *yaml.Node, path, want string) {
	got := map[yaml.Kind]string{yaml.MappingNode: "a mapping", yaml.SequenceNode: "a list"}[n.Kind]
	if got == "" {
		got = strconv.Quote(n.Value)
	}
	if path == "" {
		path = "the file"
	}
	d.add(n.Line, "wrong-type", "", "%s is %s, want %s", path, got, want)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
