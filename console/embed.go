package console

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Pages are the files of the built console, index.html at their root. Beside
// each file FILE worth compressing stands FILE.gz. Before the console has been
// built there is only README.txt.
func Pages() fs.FS {
	pages, err := fs.Sub(dist, "dist")
	if err != nil { // only if the name above were not a path
		panic(err)
	}
	return pages
}
