package cases

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"citybrain/casework"
	"citybrain/city"
)

func FuzzReadAttach(f *testing.F) {
	f.Add("version=1&name=a&view=near&lon=1&lat=2&takenAt=2014-08-11T11:00:00Z&note=x")
	f.Fuzz(func(t *testing.T, query string) {
		file, version, err := readAttach(&http.Request{URL: &url.URL{RawQuery: query}})
		if err != nil {
			if city.KindOf(err) != city.Invalid {
				t.Fatalf("%q: %v", query, err)
			}
			return
		}
		if version < 1 || file.Place != nil && !file.Place.Valid() {
			t.Fatalf("%q is read as %+v of version %d", query, file, version)
		}
	})
}

func FuzzDisposition(f *testing.F) {
	f.Add("a.png")
	f.Add("\"; filename=x\r\nSet-Cookie: a=b")
	f.Fuzz(func(t *testing.T, name string) {
		got := disposition(&casework.File{Name: name, Media: "image/png", Hash: strings.Repeat("0", 64)})
		_, value, _ := strings.Cut(got, "UTF-8''")
		back, err := url.PathUnescape(value)
		if strings.ContainsAny(value, "\"'; \r\n\\/") || err != nil || name != "" && back != name {
			t.Fatalf("%q is named %q", name, got)
		}
	})
}
