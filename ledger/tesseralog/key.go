package tesseralog

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"citybrain/city"
	"citybrain/ledger"
)

// openKey reads the key pair of a folder, or makes one of a name if there is
// none. The private key is readable by its owner only.
func openKey(dir, origin string) (note.Signer, ledger.Key, error) {
	private, err := os.ReadFile(filepath.Join(dir, ledger.KeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(dir, origin)
	}
	if err != nil {
		return nil, "", keyFault(err, "the private key cannot be read")
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(private)))
	if err != nil {
		return nil, "", keyFault(err, "the private key is damaged: put back the copy that was kept; without it the log can be verified but not continued")
	}
	if origin != "" && signer.Name() != origin {
		return nil, "", city.InvalidField("tesseralog.Open", "origin", "the log in %s is called %s, not %s; a log keeps its name", dir, signer.Name(), origin)
	}
	public, err := ledger.Folder(dir).Key()
	if err != nil {
		return nil, "", err
	}
	return signer, public, checkPair(signer, public)
}

// checkPair says whether the two files are of one key.
func checkPair(signer note.Signer, public ledger.Key) error {
	signed, err := note.Sign(&note.Note{Text: "pair\n"}, signer)
	if err != nil {
		return keyFault(err, "the private key does not sign")
	}
	verifier, err := note.NewVerifier(string(public))
	if err == nil {
		_, err = note.Open(signed, note.VerifierList(verifier))
	}
	if err != nil {
		return keyFault(err, "%s is not the public key of %s: one of them was exchanged", ledger.PublicKeyFile, ledger.KeyFile)
	}
	return nil
}

// makeKey makes a key pair. The public half is written first: a private key
// that is there is complete, and has its public one.
func makeKey(dir, origin string) (note.Signer, ledger.Key, error) {
	if _, err := os.Stat(ledger.Folder(dir).Path("")); err == nil {
		return nil, "", city.Errorf(city.Invalid, "tesseralog.Open", "%s has a log but no private key: put back the copy of the file %s that was kept", dir, ledger.KeyFile)
	}
	private, public, err := note.GenerateKey(nil, origin)
	if err != nil {
		return nil, "", city.InvalidField("tesseralog.Open", "origin", "%q cannot name a log: a name without spaces or '+'", origin)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		return nil, "", city.InvalidField("tesseralog.Open", "origin", "%q cannot name a log: a name without spaces or '+'", origin)
	}
	if err := writeFile(filepath.Join(dir, ledger.PublicKeyFile), public, 0o644); err != nil {
		return nil, "", keyFault(err, "the public key cannot be written")
	}
	if err := writeFile(filepath.Join(dir, ledger.KeyFile), private, 0o600); err != nil {
		return nil, "", keyFault(err, "the private key cannot be written")
	}
	return signer, ledger.Key(public), nil
}

// writeFile writes a line into a file that is there whole or not at all.
func writeFile(name, line string, mode fs.FileMode) error {
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func keyFault(err error, format string, args ...any) error {
	e := city.Errorf(city.Unavailable, "tesseralog.Open", format, args...)
	e.Err = err
	return e
}
