package rowfile

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
	"citybrain/feed/mapping"
	"citybrain/internal/wire"
)

// read is every row of a reader as texts; a bad row is one field with its reason.
func read(r *Reader) (rows [][]string, err error) {
	var row mapping.Row
	for {
		if err = r.Next(&row); err != nil {
			return rows, err
		}
		if row.Bad != "" {
			rows = append(rows, []string{"!" + row.Bad})
			continue
		}
		fields := []string{}
		for _, f := range row.Fields {
			fields = append(fields, string(f))
		}
		rows = append(rows, fields)
	}
}

func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// openSmall reads through tiny blocks, so that every row crosses a border.
func openSmall(t testing.TB, path string, f Format, block int) *Reader {
	t.Helper()
	r, err := Open(path, f, Options{Block: block})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestCSV(t *testing.T) {
	text := "\uFEFFa,b,c\r\n1,\"x, \"\"y\"\"\",3\r\n\r\n4,\"two\r\nlines\",ø\n5,6\n7,\"8\"9,x\n10,1\"1,y\n12,13,14"
	want := [][]string{
		{"1", `x, "y"`, "3"}, {"4", "two\nlines", "ø"}, {"!row: has 2 columns, want 3"},
		{"!row: a quoted field goes on behind its closing quote"}, {"!row: a quote stands inside a field without quotes"}, {"12", "13", "14"},
	}
	for _, block := range []int{4, 7, 64, 4096} {
		got, err := read(openSmall(t, write(t, "a.csv", []byte(text)), Format{}, block))
		if d := cmp.Diff(want, got); d != "" || err != io.EOF {
			t.Errorf("block %d: %v %s", block, err, d)
		}
	}
}

func TestDelimiterAndNoHeader(t *testing.T) {
	r := Over("x", []byte("1;2,5\n3;\n"), Format{Delimiter: ';', Columns: []string{"a", "b"}})
	got, err := read(r)
	if d := cmp.Diff([][]string{{"1", "2,5"}, {"3", ""}}, got); d != "" || err != io.EOF {
		t.Error(err, d)
	}
}

func TestUnclosedQuoteCostsOneLine(t *testing.T) {
	r := Over("x", []byte("a,b\n1,2\n\"3,4\n5,6\n7,8\n"), Format{})
	got, _ := read(r)
	want := [][]string{{"1", "2"}, {"!row: a quote is not closed"}, {"5", "6"}, {"7", "8"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestLongRows(t *testing.T) {
	long := strings.Repeat("x", 3*MaxRow)
	for name, c := range map[string]struct {
		text string
		f    Format
	}{
		"csv":   {"a\n1\n" + long + "\n2\n\"" + long + "\n3\n", Format{}},
		"lines": {"{\"a\":1}\n{\"a\":\"" + long + "\"}\n{\"a\":2}\n" + long + "\n{\"a\":3}\n", Format{JSON: true, Columns: []string{"a"}}},
		"array": {"[{\"a\":1},{\"a\":\"" + long + "\"},{\"a\":2},[\"" + long + "\"],{\"a\":3}]", Format{JSON: true, Columns: []string{"a"}}},
	} {
		got, err := read(openSmall(t, write(t, "a", []byte(c.text)), c.f, 100_000))
		want := [][]string{{"1"}, {"!row: is longer than 1 MB"}, {"2"}, {"!row: is longer than 1 MB"}, {"3"}}
		if d := cmp.Diff(want, got); d != "" || err != io.EOF {
			t.Errorf("%s: %v %s", name, err, d)
		}
	}
}

// TestMillionRowsOneBad reads a large packed file with one bad row in it.
func TestMillionRowsOneBad(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprint(z, "a,b\n")
	for i := 1; i <= 1_000_000; i++ {
		if i == 654_321 {
			fmt.Fprint(z, "\"broken,row\n")
			continue
		}
		fmt.Fprintf(z, "%d,x\n", i)
	}
	z.Close()
	r := openSmall(t, write(t, "a.csv.gz", b.Bytes()), Format{}, 0)
	var row mapping.Row
	var bad []int64
	var err error
	for err = r.Next(&row); err == nil; err = r.Next(&row) {
		if row.Bad != "" {
			bad = append(bad, row.Number)
		} else if string(row.Fields[0]) != fmt.Sprint(row.Number) {
			t.Fatalf("row %d holds %s", row.Number, row.Fields[0])
		}
	}
	if err != io.EOF || r.Rows() != 1_000_000 || len(bad) != 1 || bad[0] != 654_321 {
		t.Errorf("%d rows, bad %v, %v", r.Rows(), bad, err)
	}
}

func TestTruncatedGzipKeepsRowsBefore(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for i := range 50_000 {
		fmt.Fprintf(z, "%d,%d\n", i, i*7919%1000)
	}
	z.Close()
	r := openSmall(t, write(t, "a.csv.gz", b.Bytes()[:b.Len()/2]), Format{Columns: []string{"a", "b"}}, 0)
	rows, err := read(r)
	if city.KindOf(err) != city.Invalid || !strings.Contains(err.Error(), fmt.Sprintf("cut off after row %d", len(rows))) || len(rows) < 1000 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, row := range rows {
		if row[0] != fmt.Sprint(i) || len(row) != 2 {
			t.Fatalf("row %d: %q", i, row)
		}
	}
	damaged := bytes.Clone(b.Bytes())
	damaged[b.Len()/2] ^= 0xff
	if _, err := read(openSmall(t, write(t, "b.csv.gz", damaged), Format{Columns: []string{"a", "b"}}, 0)); city.KindOf(err) != city.Invalid || err == io.EOF {
		t.Errorf("damaged: %v", err)
	}
	if _, err := Open(write(t, "c.csv.gz", []byte("a,b\n")), Format{}, Options{}); city.KindOf(err) != city.Invalid {
		t.Errorf("not packed: %v", err)
	}
}

func TestOpenErrors(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "none.csv"), Format{}, Options{}); city.KindOf(err) != city.NotFound {
		t.Errorf("missing: %v", err)
	}
	if _, err := Over("x", nil, Format{}).Columns(); city.KindOf(err) != city.Invalid {
		t.Errorf("no header: %v", err)
	}
}

func TestJSON(t *testing.T) {
	f := Format{JSON: true, Columns: []string{"a", "b", "c"}, Ignored: []string{"c"}}
	array := "\uFEFF [ {\"a\": 1, \"b\": \"x\\n\\u00f8\", \"c\": {\"d\": [1, \"]}\"]}},\n {\"b\":null},{} ,{\"b\":true,\"a\":-1.5e3},7,{\"a\":},{\"a\":1,\"a\":2},{\"a\":[1]},{\"a\":01},{\"a\":\"\x01\"} ] \n"
	want := [][]string{
		{"1", "x\nø", ""}, {"", "", ""}, {"", "", ""}, {"-1.5e3", "true", ""}, {"!row: is not a JSON object"}, {"!a: is not a JSON value"},
		{"!a: is there twice"}, {"!a: is an object or a list, want a plain value"}, {"!a: is not a JSON value"}, {"!row: is not a JSON object"},
	}
	for _, block := range []int{3, 10, 4096} {
		got, err := read(openSmall(t, write(t, "a.json", []byte(array)), f, block))
		if d := cmp.Diff(want, got); d != "" || err != io.EOF {
			t.Errorf("block %d: %v %s", block, err, d)
		}
	}
	lines := "{\"a\":1}\r\n\n nonsense\n{\"a\":2} \n{\"a\":3}"
	got, err := read(Over("x", []byte(lines), f))
	if d := cmp.Diff([][]string{{"1", "", ""}, {"!row: is not a JSON object"}, {"2", "", ""}, {"3", "", ""}}, got); d != "" || err != io.EOF {
		t.Error(err, d)
	}
}

func TestJSONThatEndsTheFile(t *testing.T) {
	f := Format{JSON: true, Columns: []string{"a"}}
	for text, want := range map[string]string{
		`[{"a":1},{"a":2}`:       "the array is cut off after row 2",
		`[{"a":1},{"a":`:         "the array is cut off after row 1",
		`[{"a":1} {"a":2}]`:      "a comma or ] is missing after row 1",
		`[{"a":1},]`:             "row 2 is missing",
		`[{"a":1}] x`:            "something follows the array, which ends after row 1",
		`[{"a":1},{"new":2}]`:    `row 2: member "new" is not in the mapping`,
		"{\"a\":1}\n{\"new\":2}": `row 2: member "new" is not in the mapping`,
	} {
		rows, err := read(Over("x", []byte(text), f))
		if city.KindOf(err) != city.Invalid || !strings.Contains(err.Error(), want) || len(rows) < 1 {
			t.Errorf("%s: %d rows, %v", text, len(rows), err)
		}
	}
	if rows, err := read(Over("x", []byte(" [ ] "), f)); rows != nil || err != io.EOF {
		t.Errorf("empty array: %v %v", rows, err)
	}
}

func TestFingerprint(t *testing.T) {
	a := write(t, "a.csv", []byte("x\n1\n"))
	same := write(t, "a.csv", []byte("x\n1\n"))
	other := write(t, "a.csv", []byte("x\n2\n"))
	sum := func(p string) uint64 {
		s, err := Fingerprint(p)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if sum(a) != sum(same) || sum(a) == sum(other) {
		t.Error("a fingerprint must follow the content")
	}
	before, ok, err := Beginning(a)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	os.WriteFile(a, []byte("x\n1\n3\n"), 0o644)
	if after, _, _ := Beginning(a); after != before {
		t.Error("growing changes the beginning")
	}
	if _, ok, _ := Beginning(write(t, "h.csv", []byte("x\n"))); ok {
		t.Error("a header alone names no reading")
	}
}

// FuzzCSV holds the splitter equal to encoding/csv for everything up to the
// first row that encoding/csv refuses.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\"a\"\"b\",c\r\n", "a\r", "\"x\ny\",\"\"\n,\n", "\"a\"b\n1", "a\"b\n", "\n\n\r\n1", "\"", "\"a\r\nb\"\r\n", "a\r\r\nb", ",,,\n\"\",\"\""} {
		f.Add(s, 5)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string, block int) {
		if len(text) > 1<<14 || strings.HasPrefix(text, "\uFEFF") || block < 1 || block > 1<<12 {
			return
		}
		std := csv.NewReader(strings.NewReader(text))
		std.FieldsPerRecord = -1
		path := filepath.Join(dir, "f.csv")
		os.WriteFile(path, []byte(text), 0o644)
		r, err := Open(path, Format{Columns: []string{"x"}}, Options{Block: block})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var row mapping.Row
		for {
			want, wantErr := std.Read()
			err := r.Next(&row)
			if wantErr == io.EOF {
				if err != io.EOF {
					t.Fatalf("row %q after the end of encoding/csv (%v)", row.Raw, err)
				}
				return
			}
			if err != nil {
				t.Fatalf("%v where encoding/csv says %q, %v", err, want, wantErr)
			}
			if wantErr != nil {
				if row.Bad == "" || strings.HasPrefix(row.Bad, "row: has") {
					t.Fatalf("%q accepted, encoding/csv: %v", row.Raw, wantErr)
				}
				return
			}
			if strings.Contains(row.Bad, "UTF-8") {
				continue
			}
			if len(want) != 1 {
				if row.Bad != fmt.Sprintf("row: has %d columns, want 1", len(want)) {
					t.Fatalf("%q: %q, encoding/csv has %q", row.Raw, row.Bad, want)
				}
				var got []string
				for _, b := range r.csv.fields {
					got = append(got, string(b))
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Fatal(d)
				}
				continue
			}
			if row.Bad != "" || string(row.Fields[0]) != want[0] {
				t.Fatalf("%q %q, want %q", row.Fields, row.Bad, want)
			}
		}
	})
}

// FuzzObject holds the reader of flat objects equal to the strict JSON codec.
func FuzzObject(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `{"a":"\u0041\n","b":null}`, `{"a":-0.5e+7,"b":true}`, `{"a":[1],"b":{}}`, `{"a":1,"a":2}`, `{}`, `{"a":"\ud800"}`, `{"a":1,}`, `{"\u0061":1}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\n") || strings.HasPrefix(text, "\uFEFF") || !strings.HasPrefix(text, "{") {
			return
		}
		r := Over("x", []byte(text), Format{JSON: true, Columns: []string{"a", "b"}})
		var row mapping.Row
		err := r.Next(&row)
		var want map[string]wire.Value
		wantErr := wire.Unmarshal([]byte(text), &want)
		unknown, nested := false, false
		for k, v := range want {
			unknown = unknown || k != "a" && k != "b"
			nested = nested || v.Kind() == '{' || v.Kind() == '['
		}
		switch {
		case wantErr != nil:
			if err != nil || row.Bad == "" {
				t.Fatalf("%q accepted (%v), codec: %v", text, err, wantErr)
			}
		case nested || unknown:
			if err == nil && row.Bad == "" {
				t.Fatalf("%q accepted", text)
			}
		case err != nil || row.Bad != "":
			t.Fatalf("%q: %v %q", text, err, row.Bad)
		default:
			for i, name := range []string{"a", "b"} {
				v := string(row.Fields[i])
				var s string
				switch w := want[name]; {
				case w == nil || w.Kind() == 'n':
				case w.Kind() == '"':
					if err := wire.Unmarshal(w, &s); err != nil {
						t.Fatal(err)
					}
				default:
					s = string(w)
				}
				if s != v {
					t.Fatalf("%q: %s is %q, want %q", text, name, v, s)
				}
			}
		}
	})
}

// FuzzJSONRows feeds arrays and lines through small blocks: no panic, no loop,
// and row numbers without gaps.
func FuzzJSONRows(f *testing.F) {
	f.Add(`[{"a":1},{"a":"]"}]`, 3)
	f.Add("{\"a\":1}\n{}\n", 2)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string, block int) {
		if len(text) > 1<<14 || block < 1 || block > 1<<12 {
			return
		}
		path := filepath.Join(dir, "f.json")
		os.WriteFile(path, []byte(text), 0o644)
		r, err := Open(path, Format{JSON: true, Columns: []string{"a"}}, Options{Block: block})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		small, smallErr := read(r)
		whole, wholeErr := read(Over("f.json", []byte(text), Format{JSON: true, Columns: []string{"a"}}))
		if d := cmp.Diff(whole, small); d != "" || (smallErr == io.EOF) != (wholeErr == io.EOF) {
			t.Fatalf("%v %v %s", smallErr, wholeErr, d)
		}
	})
}
