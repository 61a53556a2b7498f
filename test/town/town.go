package town

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed cities packs
var files embed.FS

// Write puts the definition of the town into dir and returns the folder for
// --city; its packs lie in the folder packs beside cities.
func Write(dir string) (string, error) {
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(dir, filepath.FromSlash(path))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		text, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, text, 0o644)
	})
	return filepath.Join(dir, "cities", "town"), err
}
