package bench

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"citybrain/test/driver"
)

// What a page and its scripts name. A build writes the imports that a script
// cannot start without as import "x" or from "x", and those that it makes later
// as import(`x`).
var (
	loadedByPage = regexp.MustCompile(`<(?:script|link)\b[^>]*>`)
	attribute    = regexp.MustCompile(`\b(src|href|rel)="([^"]*)"`)
	staticImport = regexp.MustCompile(`(?:\bfrom|\bimport)\s*["']\s*(\.{0,2}/[^"']+)["']`)
	laterImport  = regexp.MustCompile("\\bimport\\(\\s*[`\"']([^`\"']+\\.js)[`\"']")
	named        = regexp.MustCompile("[`\"']/?(assets/[\\w-]+\\.(?:js|css))[`\"']")
	fontOfStyle  = regexp.MustCompile(`url\(["']?([^)"']+\.woff2?)["']?\)`)
)

// The parts that the first page loads after it stands, by the beginnings of
// their names.
const (
	mapPart   = "citymap-"
	chartPart = "course-"
)

// measurePage adds up, as a browser gets them over the wire, the files without
// which the console does not start.
func measurePage(s *session) error {
	return s.withTown(func(server *driver.Server, _ string) error {
		c, err := driver.Dial(server.Addr)
		if err != nil {
			return err
		}
		defer c.Close()
		p := &pageFiles{conn: c, sizes: map[string]int{}}
		if err := p.walk("/"); err != nil {
			return err
		}
		before := p.total()
		names := p.names()
		s.add(figure{Area: "page", What: "before map and charts", Unit: "kB gzip", Decimals: 1, Target: under(400), Note: names}, kB(before), 0, 0)
		for _, part := range []struct{ what, prefix string }{{"the map, with its worker, besides", mapPart}, {"the charts besides", chartPart}} {
			if err := p.part(part.prefix); err != nil {
				return err
			}
			s.add(figure{Area: "page", What: part.what, Unit: "kB gzip", Decimals: 1}, kB(p.total()-before), 0, 0)
			before = p.total()
		}
		fonts, err := p.weighFonts()
		if err != nil {
			return err
		}
		s.add(figure{Area: "page", What: "fonts, all subsets", Unit: "kB", Decimals: 1,
			Note: fmt.Sprintf("%d files, of which a browser loads those whose characters a page shows", len(p.fonts))}, kB(fonts), 0, 0)
		return nil
	})
}

func kB(bytes int) float64 { return float64(bytes) / 1000 }

// pageFiles are the files that a page has loaded.
type pageFiles struct {
	conn    *driver.Conn
	sizes   map[string]int // bytes over the wire
	waiting []string       // scripts that are imported later
	named   []string       // files that scripts name in another way: styles, workers
	fonts   []string
}

func (p *pageFiles) total() (sum int) {
	for _, n := range p.sizes {
		sum += n
	}
	return sum
}

func (p *pageFiles) names() string {
	var list []string
	for name, n := range p.sizes {
		list = append(list, fmt.Sprintf("%s %.1f", path.Base(name), kB(n)))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// walk loads a file and what it cannot do without.
func (p *pageFiles) walk(name string) error {
	if _, done := p.sizes[name]; done {
		return nil
	}
	text, size, err := p.load(name)
	if err != nil {
		return err
	}
	p.sizes[name] = size
	var next []string
	switch {
	case strings.HasSuffix(name, ".js"):
		for _, m := range staticImport.FindAllSubmatch(text, -1) {
			next = append(next, path.Join(path.Dir(name), string(m[1])))
		}
		for _, m := range laterImport.FindAllSubmatch(text, -1) {
			p.waiting = append(p.waiting, path.Join(path.Dir(name), string(m[1])))
		}
		for _, m := range named.FindAllSubmatch(text, -1) {
			p.named = append(p.named, "/"+string(m[1]))
		}
	case strings.HasSuffix(name, ".css"):
		for _, m := range fontOfStyle.FindAllSubmatch(text, -1) {
			p.fonts = append(p.fonts, path.Join("/", string(m[1])))
		}
	case name == "/":
		if next = loaded(text); len(next) == 0 {
			return fmt.Errorf("the page names no scripts: %.300s", text)
		}
	}
	for _, n := range next {
		if err := p.walk(n); err != nil {
			return err
		}
	}
	return nil
}

// loaded lists the files that a page loads by its tags.
func loaded(page []byte) (names []string) {
	for _, tag := range loadedByPage.FindAll(page, -1) {
		values := map[string]string{}
		for _, m := range attribute.FindAllSubmatch(tag, -1) {
			values[string(m[1])] = string(m[2])
		}
		switch values["rel"] {
		case "", "modulepreload", "stylesheet", "icon":
			if name := values["src"] + values["href"]; name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// part loads the script that is imported later and whose name begins so, with
// its style sheet and its worker.
func (p *pageFiles) part(prefix string) error {
	script, err := p.find(prefix)
	if err != nil {
		return err
	}
	before := len(p.named)
	if err := p.walk(script); err != nil {
		return err
	}
	for i, name := range p.named {
		ownStyle := strings.HasPrefix(path.Base(name), prefix) && strings.HasSuffix(name, ".css")
		ownWorker := i >= before && strings.Contains(name, "worker")
		if !ownStyle && !ownWorker {
			continue
		}
		if err := p.walk(name); err != nil {
			return err
		}
	}
	return nil
}

// find looks for a script among those imported later, and those that these
// import.
func (p *pageFiles) find(prefix string) (string, error) {
	begins := func(name string) bool { return strings.HasPrefix(path.Base(name), prefix) }
	if i := slices.IndexFunc(p.waiting, begins); i >= 0 {
		return p.waiting[i], nil
	}
	for _, name := range p.waiting {
		q := &pageFiles{conn: p.conn, sizes: map[string]int{}}
		if err := q.walk(name); err != nil {
			return "", err
		}
		found := append(q.waiting, slices.Sorted(maps.Keys(q.sizes))...)
		if i := slices.IndexFunc(found, begins); i >= 0 {
			return found[i], nil
		}
	}
	return "", fmt.Errorf("no script %s… is imported: has the build other parts now?", prefix)
}

func (p *pageFiles) weighFonts() (sum int, err error) {
	slices.Sort(p.fonts)
	p.fonts = slices.Compact(p.fonts)
	for _, name := range p.fonts {
		_, size, err := p.load(name)
		if err != nil {
			return 0, err
		}
		sum += size
	}
	return sum, nil
}

// load is the text of a file and its bytes over the wire to a browser that
// takes gzip.
func (p *pageFiles) load(name string) ([]byte, int, error) {
	a, err := p.conn.Send([]byte("GET " + name + " HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nAccept: */*\r\n\r\n"))
	if err == nil {
		err = a.Err(200)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", name, err)
	}
	size := len(a.Body)
	if !bytes.HasPrefix(a.Body, []byte{0x1f, 0x8b}) {
		return bytes.Clone(a.Body), size, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(a.Body))
	if err != nil {
		return nil, 0, err
	}
	text, err := io.ReadAll(z)
	return text, size, err
}
