package ngsild

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"citybrain/city"
)

func TestQ(t *testing.T) {
	c := newCity(t)
	change := city.Change{Op: city.OpCreate}
	d := newDecoder()
	d.body = []byte(strings.TrimSuffix(segment, "}") + `,"address":{"value":{"city":"Springfield","no":7}},"opened":{"value":{"@type":"Date","@value":"2014-08-11"}}}`)
	d.start(noon, false)
	if err := d.whole(&change); err != nil {
		t.Fatal(err)
	}
	e := city.Entity{ID: change.Entity, Type: change.Type, Attributes: change.Attributes, CreatedAt: noon, ModifiedAt: noon}
	for q, want := range map[string]bool{
		`avgSpeed`: true, `missing`: false, `missing!=1`: false, `missing==1`: false,
		`avgSpeed==12.5`: true, `avgSpeed!=12.5`: false, `avgSpeed<12.5`: false, `avgSpeed<=12.5`: true, `avgSpeed>12`: true, `avgSpeed>=13`: false,
		`avgSpeed==10..15`: true, `avgSpeed!=10..15`: false, `avgSpeed==13..15`: false, `avgSpeed==1,12.5,3`: true, `avgSpeed!=1,3`: true,
		`avgSpeed=="12.5"`: false, `avgSpeed>"1"`: false,
		`status=="OK"`: true, `status==OK`: true, `status=="A".."P"`: true, `status~="^O"`: true, `status~=O.`: true, `status!~="^X"`: true, `status!~="K$"`: false,
		`avgSpeed~="1"`: false, `open==true`: true, `open==false`: false, `open!=false`: true,
		`ofRoad==urn:ngsi-ld:Road:7`: true, `ofRoad=="urn:ngsi-ld:Road:7"`: true, `ofRoad==urn:ngsi-ld:Road:8`: false,
		`status.accuracy>0.5`: true, `status.accuracy>0.95`: false, `status.nothing`: false, `status.accuracy.more`: false,
		`avgSpeed.observedAt>=2014-08-11T06:35:00Z`: true, `avgSpeed.observedAt>2014-08-11T06:35:00Z`: false, `avgSpeed.unitCode=="KMH"`: true,
		`address[city]=="Springfield"`: true, `address[no]>6`: true, `address[no.x]`: false, `address[x]`: false, `opened==2014-08-11`: true, `opened<2014-08-12`: true,
		`createdAt>2014-08-11`:      true,
		`avgSpeed>20|status=="OK"`:  true,
		`avgSpeed>20;status=="OK"`:  false,
		`avgSpeed>20;open|open`:     true, // ; binds closer
		`open|open;avgSpeed>20`:     true,
		`(open|open);avgSpeed>20`:   false,
		`((avgSpeed>1;(open)))`:     true,
		`status=="a|b;c(d)\"e"`:     false,
		`avgSpeed==-1e3..1E3`:       true,
		`avgSpeed>1;avgSpeed<12.51`: true,
	} {
		m, err := CompileQ(q)
		if err != nil {
			t.Errorf("%s: %v", q, err)
		} else if got := m(&e); got != want {
			t.Errorf("%s is %v", q, got)
		}
	}
	for _, q := range []string{"", "==1", "a==", "a=1", "a>true", "a>b", "(a", "a)", "a;", "|a", "a~=(", `a=="x`, "a[", "a[]", "a..b", "!a", "a==1..", "a==1..\"x\"",
		strings.Repeat("(", 17) + "a" + strings.Repeat(")", 17), strings.Repeat("a;", 101) + "a", "a b", strings.Repeat("a", maxQ+1)} {
		if _, err := CompileQ(q); err == nil || city.KindOf(err) != city.Invalid {
			t.Errorf("%.40q: %v", q, err)
		}
	}
	c.want(400, `…"field":"q","instance"`, "GET /entities?q=a~%3D(", "")
}

func TestQuery(t *testing.T) {
	c := newCity(t)
	c.want(201, "…", "POST /entityOperations/create", `[
		{"id":"urn:x:1","type":"A","n":{"value":1},"location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[10,56]}}},
		{"id":"urn:x:2","type":"A","n":{"value":2},"location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[10.01,56]}}},
		{"id":"urn:x:3","type":"B","n":{"value":3},"m":{"value":1}}]`)
	for query, want := range map[string]string{
		"type=A":                        "urn:x:1 urn:x:2",
		"type=A,B":                      "urn:x:1 urn:x:2 urn:x:3",
		"type=B|A":                      "urn:x:1 urn:x:2 urn:x:3",
		"type=C":                        "",
		"local=true":                    "urn:x:1 urn:x:2 urn:x:3",
		"id=urn:x:3,urn:x:1,urn:x:9":    "urn:x:1 urn:x:3",
		"idPattern=x:[23]$":             "urn:x:2 urn:x:3",
		"attrs=m":                       "urn:x:3",
		"q=n>1;n<3":                     "urn:x:2",
		"type=A&q=n==1|n==2&limit=1":    "urn:x:1",
		"type=A&q=n%3D%3D2":             "urn:x:2",
		"type=A&offset=1":               "urn:x:2",
		"type=A&limit=0&count=true":     "",
		"type=A&offset=5&options=count": "",
		"georel=near;maxDistance==300&geometry=Point&coordinates=[10,56]":                       "urn:x:1",
		"georel=near;minDistance==300&geometry=Point&coordinates=[10,56]":                       "urn:x:2",
		"georel=near;maxDistance==2000;minDistance==1&geometry=Point&coordinates=%5B10%2C56%5D": "urn:x:2",
	} {
		w := c.want(200, "…[", "GET /entities?"+query, "")
		var ids []string
		for _, part := range strings.Split(w.Body.String(), `"id":"`)[1:] {
			id, _, _ := strings.Cut(part, `"`)
			ids = append(ids, id)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
		if strings.Contains(query, "count") && w.Header().Get("NGSILD-Results-Count") != "2" {
			t.Errorf("%s counts %q", query, w.Header().Get("NGSILD-Results-Count"))
		}
	}
	w := c.want(200, `[{"id":"urn:x:2","type":"A","n":2}]`, "GET /entities?type=A,B&limit=1&offset=1&attrs=n&options=keyValues", "")
	links := w.Header()["Link"]
	if len(links) != 3 || !strings.Contains(links[1], "offset=0") || !strings.Contains(links[1], `rel="prev"`) || !strings.Contains(links[2], "offset=2") || !strings.Contains(links[2], `rel="next"`) {
		t.Fatalf("links are %q", links)
	}
	target, _, _ := strings.Cut(strings.TrimPrefix(links[2], "<"+Prefix), ">")
	c.want(200, `[{"id":"urn:x:3","type":"B","n":3}]`, "GET /"+target, "")
}

func TestParams(t *testing.T) {
	p, err := parseParams("q=a%3E1;b&type=T+U&&limit=5", queryParams)
	if err != nil || p.value(pQ) != "a>1;b" || p.value(pType) != "T U" || p.value(pLimit) != "5" {
		t.Errorf("%+v %v", p, err)
	}
}

func FuzzQ(f *testing.F) {
	for _, s := range []string{`a==1;b!="x"|(c~="^x$";d>=2014-08-11)`, `a[b.c]==1..2`, `a==1,2,"x"`} {
		f.Add(s)
	}
	d := newDecoder()
	d.body = []byte(segment)
	d.start(noon, false)
	var c city.Change
	if err := d.whole(&c); err != nil {
		f.Fatal(err)
	}
	e := city.Entity{ID: c.Entity, Type: c.Type, Attributes: c.Attributes}
	f.Fuzz(func(t *testing.T, q string) {
		m, err := CompileQ(q)
		if err != nil {
			if city.KindOf(err) != city.Invalid {
				t.Fatalf("%q: %v", q, err)
			}
			return
		}
		if first, second := m(&e), m(&e); first != second {
			t.Fatalf("%q has two answers", q)
		}
	})
}

func FuzzParams(f *testing.F) {
	f.Add("type=A&q=a>1&georel=near;maxDistance==8&geometry=Point&coordinates=[1,2]&limit=2&options=keyValues,count")
	f.Add("id=urn:x:1&idPattern=%5E&attrs=a,b&timerel=between&timeAt=2014-08-11T00:00:00Z")
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := parseParams(raw, queryParams|temporalParams)
		if err == nil {
			_, _, err = p.query()
			if err == nil {
				_, err = p.past("urn:x:1")
			}
		}
		if err != nil && city.KindOf(err) == city.Internal {
			t.Fatalf("%q: %v", raw, err)
		}
		values, bad := url.ParseQuery(raw)
		if err == nil && bad == nil && !slices.Equal(values["id"], given(p, pID)) {
			t.Fatalf("%q: id is %q", raw, p.value(pID))
		}
	})
}

func given(p *params, i param) []string {
	if !p.given(i) {
		return nil
	}
	return []string{p.value(i)}
}
