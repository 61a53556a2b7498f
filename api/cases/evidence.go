package cases

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/caller"
	"citybrain/api/operation"
	"citybrain/casework"
	"citybrain/city"
	"citybrain/internal/wire"
)

var mediaTaken = []string{"image/jpeg", "image/png", "image/webp", "text/plain", "application/pdf"}

// evidence registers the operations on files. They are served without huma,
// which would hold a whole file in memory.
func (d *desk) evidence(api huma.API, mux *http.ServeMux) {
	const files = "/api/v1/cases/{id}/files"
	mux.HandleFunc("POST "+files, d.answer(d.attach))
	mux.HandleFunc("GET "+files+"/{hash}", d.answer(d.serveFile))
	d.describeAttach(api, files)
	d.describeFile(api, files)
}

func (d *desk) describeAttach(api huma.API, path string) {
	op := operation.New("attach-file", http.MethodPost, path, "cases", "Attach a file of evidence", http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge)
	op.Description = "The body is the file. Its type is found by looking into it; a Content-Type that says otherwise is refused. Photos (JPEG, PNG, WebP), plain text and PDF, at most 10 MiB."
	op.Parameters = []*huma.Param{
		operation.Text("path", "id", "The case's id", nil),
		{Name: "version", In: "query", Required: true, Description: "The case's version that was seen", Schema: &huma.Schema{Type: huma.TypeInteger}},
		operation.Text("query", "name", "The file's name, for display only", "north-entrance.jpg"),
		{Name: "view", In: "query", Description: "What a photo shows", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"near", "far", "reference", "before", "after"}}},
		{Name: "lon", In: "query", Description: "Where it was taken; with lat", Schema: &huma.Schema{Type: huma.TypeNumber}},
		{Name: "lat", In: "query", Description: "Where it was taken; with lon", Schema: &huma.Schema{Type: huma.TypeNumber}},
		operation.Text("query", "takenAt", "When it was taken (RFC 3339)", "2014-08-11T06:35:00Z"),
		operation.Text("query", "note", "What it shows", nil),
	}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	for _, media := range mediaTaken {
		op.RequestBody.Content[media] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	op.Responses = map[string]*huma.Response{"200": {Description: "The case with the file", Content: map[string]*huma.MediaType{
		"application/json": {Schema: huma.SchemaFromType(api.OpenAPI().Components.Schemas, typeOf[CaseDetail]())}}}}
	operation.Describe(api, op)
}

func (d *desk) describeFile(api huma.API, path string) {
	op := operation.New("get-file", http.MethodGet, path+"/{hash}", "cases", "A file of evidence", http.StatusNotFound)
	op.Description = "Photos are shown, everything else is offered for saving. A browser runs nothing that is in a file."
	op.Parameters = []*huma.Param{operation.Text("path", "id", "The case's id", nil), operation.Text("path", "hash", "The file's hash", nil)}
	content := map[string]*huma.MediaType{}
	for _, media := range mediaTaken {
		content[media] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	op.Responses = map[string]*huma.Response{"200": {Description: "The content", Content: content}}
	operation.Describe(api, op)
}

func (d *desk) answer(op func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := op(w, r); err != nil {
			d.Problems.Write(w, r, told(err))
		}
	}
}

// attach keeps the file first and then makes the move, so that a move never
// speaks of a file that is not there. A move that is refused anyway is refused
// before the file is read.
func (d *desk) attach(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who, err := caller.Signed(ctx)
	if err != nil {
		return err
	}
	file, version, err := readAttach(r)
	if err != nil {
		return err
	}
	id := casework.CaseID(r.PathValue("id"))
	cmd := casework.Command{Verb: casework.Attach, Version: version, Actor: who.Actor}
	if err := file.CheckWords(); err != nil {
		return err
	}
	if err := d.refusedAnyway(r, id, cmd); err != nil {
		return err
	}
	var account city.AccountID // of nobody, with --auth open
	if !who.Open {
		account = who.Actor.Account
	}
	if err := d.take(w, r, account, &file); err != nil {
		return err
	}
	cmd.File = &file
	c, err := d.Desk.Do(ctx, id, cmd)
	if err != nil {
		return err
	}
	out, err := d.detailOf(ctx, &c)
	if err != nil {
		return err
	}
	body, err := wire.Marshal(out)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
	return nil
}

// refusedAnyway makes the move without its file: what is refused for another
// reason would be refused with it.
func (d *desk) refusedAnyway(r *http.Request, id casework.CaseID, cmd casework.Command) error {
	_, err := d.Desk.Do(r.Context(), id, cmd)
	var refusal *casework.Refusal
	if errors.As(err, &refusal) && refusal.Guard == casework.GuardNeeds {
		return nil
	}
	return err
}

// take keeps the body of a request as a file.
func (d *desk) take(w http.ResponseWriter, r *http.Request, account city.AccountID, f *casework.File) (err error) {
	held := r.ContentLength
	if held > d.MaxFile {
		return &city.Error{Kind: city.TooLarge, Op: "cases", Field: "body", Detail: "the file is larger than " + strconv.FormatInt(d.MaxFile>>20, 10) + " MiB"}
	}
	if held < 0 {
		held = d.MaxFile
	}
	end, err := d.taking.begin(account, held, d.MaxAtOnce)
	if err != nil {
		return err
	}
	defer end()
	body := &uploadBody{rc: http.NewResponseController(w), body: r.Body, begun: time.Now()}
	f.Hash, f.Bytes, f.Media, err = d.Files.PutAs(r.Context(), declared(r), body, d.MaxFile)
	return err
}

// declared is the media type that a request says its body has; a browser that
// does not know says application/octet-stream.
func declared(r *http.Request) string {
	if t := r.Header.Get("Content-Type"); t != "application/octet-stream" {
		return t
	}
	return ""
}

// readAttach reads what a request says of its file.
func readAttach(r *http.Request) (f casework.File, version int64, err error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return f, 0, city.InvalidField("cases", "query", "is badly escaped")
	}
	for name, list := range values {
		switch {
		case !strings.Contains(" version name view lon lat takenAt note ", " "+name+" "):
			return f, 0, city.InvalidField("cases", name, "this operation has no such parameter")
		case len(list) > 1:
			return f, 0, city.InvalidField("cases", name, "the parameter is given twice")
		}
	}
	version, err = strconv.ParseInt(values.Get("version"), 10, 64)
	if err != nil || version < 1 {
		return f, 0, city.InvalidField("cases", "version", "say which version of the case you have seen")
	}
	f = casework.File{Name: values.Get("name"), View: casework.View(values.Get("view")), Note: values.Get("note")}
	if f.TakenAt, err = operation.Instant("takenAt", values.Get("takenAt")); err != nil {
		return f, 0, err
	}
	f.Place, err = point(values.Get("lon"), values.Get("lat"))
	return f, version, err
}

func point(lon, lat string) (*city.Point, error) {
	if lon == "" && lat == "" {
		return nil, nil
	}
	x, errX := strconv.ParseFloat(lon, 64)
	y, errY := strconv.ParseFloat(lat, 64)
	p := city.Point{Lon: x, Lat: y}
	if errX != nil || errY != nil || !p.Valid() {
		return nil, city.InvalidField("cases", "lon", "lon and lat are degrees of longitude and latitude, both or neither")
	}
	return &p, nil
}

// serveFile serves a file of a case so that a browser shows it and runs nothing
// of it.
func (d *desk) serveFile(w http.ResponseWriter, r *http.Request) error {
	c, err := d.Desk.Records.Case(r.Context(), casework.CaseID(r.PathValue("id")))
	if err != nil {
		return err
	}
	file := fileOf(&c, r.PathValue("hash"))
	if file == nil {
		return &city.Error{Kind: city.NotFound, Op: "cases", Field: "hash", Detail: "the case has no such file"}
	}
	content, err := d.Files.OpenVerified(r.Context(), file.Hash)
	if err != nil {
		return damaged(file, err)
	}
	defer content.Close()
	h := w.Header()
	h.Set("Content-Type", contentType(file.Media))
	h.Set("Content-Disposition", disposition(file))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, no-cache") // asked for each time: the next person at this machine may not have it
	h.Set("ETag", `"`+file.Hash+`"`)
	http.ServeContent(w, r, "", time.Time{}, content)
	return nil
}

// retryDamaged is when to ask for a damaged file again: it takes a person to put
// it back.
const retryDamaged = time.Hour

// damaged is why a file that the case has cannot be shown.
func damaged(f *casework.File, err error) error {
	why := "its content is not what was attached"
	switch city.KindOf(err) {
	case city.NotFound:
		why = "it is missing from the evidence folder"
	case city.Internal:
	default:
		return err
	}
	return &city.Error{Kind: city.Unavailable, Op: "cases", Retry: retryDamaged, Err: err,
		Detail: "the file " + f.Hash + " is damaged and not shown: " + why + ". Put it back from a backup; citybrain verify lists every damaged file"}
}

func fileOf(c *casework.Case, hash string) *casework.File {
	for i := range c.Files {
		if c.Files[i].Hash == hash {
			return &c.Files[i]
		}
	}
	return nil
}

func contentType(media string) string {
	if media == "text/plain" {
		return "text/plain; charset=utf-8"
	}
	return media
}

// disposition shows photos and offers the rest for saving, under the name that
// its sender gave (RFC 6266, RFC 8187) or the beginning of its hash.
func disposition(f *casework.File) string {
	kind := "attachment"
	if strings.HasPrefix(f.Media, "image/") {
		kind = "inline"
	}
	name := f.Name
	if name == "" {
		name = f.Hash[:12]
	}
	return kind + "; filename*=UTF-8''" + escaped(name)
}

// escaped keeps the letters and digits of ASCII, '-', '.' and '_', and writes
// everything else as %XX.
func escaped(s string) string {
	const hex = "0123456789ABCDEF"
	var out []byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' {
			out = append(out, c)
		} else {
			out = append(out, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(out)
}
