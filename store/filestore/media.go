package filestore

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // decodes headers
	_ "image/png"  // decodes headers
	"io"
	"mime"
	"os"
	"strings"
	"unicode/utf8"

	"citybrain/casework"
	"citybrain/city"
)

// The media types that are kept: those of casework.Media.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	WebP = "image/webp"
	PDF  = "application/pdf"
	Text = "text/plain"
)

// MaxPixels bounds images: what a page could not show without harm.
const MaxPixels = 50_000_000

// headBytes is how much of a file is looked at to tell its type.
const headBytes = 512

// examine finds the type of a file of n bytes by its content.
func examine(f *os.File, n int64) (media string, err error) {
	head := make([]byte, min(n, headBytes))
	if _, err := f.ReadAt(head, 0); err != nil {
		return "", &city.Error{Kind: city.Unavailable, Op: "filestore.Put", Detail: "the file cannot be read back from the disk", Err: err}
	}
	whole := io.NewSectionReader(f, 0, n)
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return JPEG, checkImage(JPEG, whole, image.DecodeConfig)
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return PNG, checkImage(PNG, whole, image.DecodeConfig)
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return WebP, checkImage(WebP, whole, decodeWebP)
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return PDF, checkPDF(head)
	}
	return Text, checkText(whole)
}

func checkImage(media string, r io.Reader, decode func(io.Reader) (image.Config, string, error)) error {
	c, _, err := decode(r)
	switch {
	case err != nil:
		return &city.Error{Kind: city.Invalid, Op: "filestore.Put", Detail: "the file begins like " + media + " but is no such image", Err: err}
	case c.Width < 1 || c.Height < 1:
		return city.Errorf(city.Invalid, "filestore.Put", "the image has no pixels")
	case int64(c.Width)*int64(c.Height) > MaxPixels:
		return city.Errorf(city.TooLarge, "filestore.Put", "the image has %d × %d pixels, more than %d million", c.Width, c.Height, MaxPixels/1_000_000)
	}
	return nil
}

// checkPDF wants a version in the header, as in %PDF-1.7 (ISO 32000-1, 7.5.2).
func checkPDF(head []byte) error {
	if len(head) < 8 || head[5] < '1' || head[5] > '2' || head[6] != '.' || head[7] < '0' || head[7] > '9' {
		return city.Errorf(city.Invalid, "filestore.Put", "the file begins like application/pdf but names no version of PDF")
	}
	return nil
}

// checkText wants UTF-8 without NULs and the control characters that make a
// file something else than text.
func checkText(r io.Reader) error {
	var buf [64 << 10]byte
	kept := 0
	for {
		n, err := io.ReadFull(r, buf[kept:])
		n += kept
		last := err != nil
		whole := buf[:n]
		if !last {
			whole = whole[:completeRunes(whole)]
		}
		if i := bytes.IndexFunc(whole, noText); i >= 0 || !utf8.Valid(whole) {
			return city.Errorf(city.Invalid, "filestore.Put", "files of this type are not taken; %s are", strings.Join(casework.Media, ", "))
		}
		if last {
			return nil
		}
		kept = copy(buf[:], buf[len(whole):n])
	}
}

func noText(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\n\r\f", r) || r == 0x7f }

// completeRunes is the length of b without a character that it cuts at its end.
func completeRunes(b []byte) int {
	for i := len(b) - 1; i >= 0 && i > len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}

func checkDeclared(declared, media string) error {
	if declared == "" {
		return nil
	}
	name, _, err := mime.ParseMediaType(declared)
	if err != nil || name != media {
		return city.Errorf(city.Invalid, "filestore.Put", "the file was sent as %q, but its content is %s", declared, media)
	}
	return nil
}

func sizeText(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}
