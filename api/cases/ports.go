package cases

import (
	"context"
	"io"
	"net/http"
	"os"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/problem"
	"citybrain/casework"
	"citybrain/city"
)

// Files keep the content of evidence by its hash: store/filestore.
type Files interface {
	// PutAs keeps what body gives, at most limit bytes, and answers with its
	// hash (SHA-256 in hex), length and media type, found by looking into it. It
	// is durable when PutAs returns. Invalid if it is of a type that is not
	// taken or not of the declared one, TooLarge if there is more, Unavailable
	// if it cannot be kept now.
	PutAs(ctx context.Context, declared string, body io.Reader, limit int64) (hash string, bytes int64, media string, err error)
	// OpenVerified is the content with a hash; Invalid if hash is not the form of
	// one, NotFound if it is not there, Internal if the content has another hash
	// now. The caller closes it.
	OpenVerified(ctx context.Context, hash string) (*os.File, error)
}

// Options are what the operations work with.
type Options struct {
	Desk     *casework.Desk
	Files    Files
	Problems *problem.Reporter
	// Named lists for each word the entities in whose name it is. nil: a search
	// does not look at names.
	Named func(words []string) [][]city.EntityID
	// MaxFile bounds a file of evidence in bytes; 0: DefaultMaxFile.
	MaxFile int64
	// MaxAtOnce bounds the bytes of all files that are being taken; 0:
	// DefaultMaxAtOnce.
	MaxAtOnce int64
}

// The defaults of Options, in bytes.
const (
	DefaultMaxFile   = 10 << 20
	DefaultMaxAtOnce = 100 << 20
)

// Routes registers the operations on an interface and its mux.
func Routes(api huma.API, mux *http.ServeMux, o Options) {
	if o.MaxFile == 0 {
		o.MaxFile = DefaultMaxFile
	}
	if o.MaxAtOnce == 0 {
		o.MaxAtOnce = DefaultMaxAtOnce
	}
	if o.Problems == nil {
		o.Problems = &problem.Reporter{}
	}
	d := &desk{Options: o}
	d.lists(api)
	d.moves(api)
	d.evidence(api, mux)
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
