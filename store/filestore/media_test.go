package filestore

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"citybrain/casework"
	"citybrain/city"
)

func picture(t testing.TB, encode func(*bytes.Buffer, image.Image) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, image.NewGray(image.Rect(0, 0, 8, 6))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB) []byte {
	return picture(t, func(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) })
}

func jpegOf(t testing.TB) []byte {
	return picture(t, func(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, nil) })
}

func gifOf(t testing.TB) []byte {
	return picture(t, func(b *bytes.Buffer, m image.Image) error { return gif.Encode(b, m, nil) })
}

// webpOf is a file with one chunk of a kind.
func webpOf(kind string, chunk []byte) []byte {
	for len(chunk) < 10 {
		chunk = append(chunk, 0)
	}
	b := append([]byte("RIFF\x00\x00\x00\x00WEBP"), kind...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(chunk)))
	b = append(b, chunk...)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

// onePixel are WebP files of 1 × 1 pixels that an encoder made: lossy and
// lossless.
var onePixel = []string{
	"UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA=",
	"UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==",
}

// bigPNG is a PNG whose header promises w × h pixels.
func bigPNG(t testing.TB, w, h uint32) []byte {
	b := bytes.Clone(pngOf(t))
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	binary.BigEndian.PutUint32(b[29:], crcOf(b[12:29]))
	return b
}

// crcOf is the checksum of a PNG chunk (ISO 15948, annex D), bit by bit.
func crcOf(b []byte) uint32 {
	crc := ^uint32(0)
	for _, x := range b {
		crc ^= uint32(x)
		for range 8 {
			crc = crc>>1 ^ 0xedb88320*(crc&1)
		}
	}
	return ^crc
}

// TestContentSaysTheType holds that neither name nor sender decide what a file
// is.
func TestContentSaysTheType(t *testing.T) {
	s := open(t)
	decoded := func(text string) []byte {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct {
		name    string
		content []byte
		media   string
	}{
		{"JPEG", jpegOf(t), JPEG},
		{"PNG", pngOf(t), PNG},
		{"lossy WebP", decoded(onePixel[0]), WebP},
		{"lossless WebP", decoded(onePixel[1]), WebP},
		{"extended WebP", webpOf("VP8X", []byte{0, 0, 0, 0, 99, 0, 0, 49, 0, 0}), WebP},
		{"PDF", []byte("%PDF-1.7\n%âãÏÓ\n"), PDF},
		{"text", []byte("队列排到路口\r\n\t第二行"), Text},
		{"HTML is text", []byte("<!DOCTYPE html><script>alert(1)</script>"), Text},
		{"SVG is text", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), Text},
		{"characters across the read blocks", []byte(strings.Repeat("水", 100_000)), Text},
		{"the largest image", bigPNG(t, 10_000, 5_000), PNG},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, _, media, err := s.Put(context.Background(), bytes.NewReader(c.content), limit); err != nil || media != c.media {
				t.Errorf("%s, %v; want %s", media, err, c.media)
			}
		})
	}
}

// TestTypesAreThoseThatCasesTake holds both lists together.
func TestTypesAreThoseThatCasesTake(t *testing.T) {
	for _, media := range []string{JPEG, PNG, WebP, Text, PDF} {
		if !slices.Contains(casework.Media, media) {
			t.Errorf("a case does not take %s", media)
		}
	}
	if len(casework.Media) != 5 {
		t.Errorf("a case takes %v, the store five types", casework.Media)
	}
}

// TestLiesAreRefused holds that what begins like a type must be of it.
func TestLiesAreRefused(t *testing.T) {
	s := open(t)
	for _, c := range []struct {
		name    string
		content []byte
		kind    city.ErrorKind
	}{
		{"a script with the first bytes of a JPEG", []byte("\xff\xd8\xff<script>alert(1)</script>"), city.Invalid},
		{"a page with the first bytes of a PNG", []byte("\x89PNG\r\n\x1a\n<html>"), city.Invalid},
		{"a PNG cut in its header", pngOf(t)[:20], city.Invalid},
		{"a JPEG cut in its header", jpegOf(t)[:12], city.Invalid},
		{"a PNG without pixels", bigPNG(t, 0, 5), city.Invalid},
		{"a PNG of a billion pixels", bigPNG(t, 50_000, 20_000), city.TooLarge},
		{"a PNG one pixel too high", bigPNG(t, 10_000, 5_001), city.TooLarge},
		{"a WebP of too many pixels", webpOf("VP8X", []byte{0, 0, 0, 0, 255, 255, 255, 255, 255, 255}), city.TooLarge},
		{"a WebP without pixels", webpOf("VP8 ", []byte{0, 0, 0, 0x9d, 1, 0x2a, 0, 0, 0, 0}), city.Invalid},
		{"a WebP with another chunk", webpOf("EXIF", nil), city.Invalid},
		{"a lossy WebP without start code", webpOf("VP8 ", []byte("<script>!!")), city.Invalid},
		{"a lossless WebP without signature", webpOf("VP8L", []byte("<script>!!")), city.Invalid},
		{"a WebP with something behind it", append(webpOf("VP8X", make([]byte, 10)), "<script>"...), city.Invalid},
		{"a WebP cut off", webpOf("VP8X", make([]byte, 10))[:25], city.Invalid},
		{"a PDF without version", []byte("%PDF-<script>"), city.Invalid},
		{"a short PDF", []byte("%PDF-"), city.Invalid},
		{"GIF", gifOf(t), city.Invalid},
		{"an archive", []byte("PK\x03\x04\x14\x00"), city.Invalid},
		{"text in another encoding", []byte("K\xf6\xf6p"), city.Invalid},
		{"text with NUL", []byte("a\x00b"), city.Invalid},
		{"text with an escape", []byte("a\x1b[0m"), city.Invalid},
		{"a character cut at the end", []byte("水")[:2], city.Invalid},
		{"bad bytes far behind", append(bytes.Repeat([]byte("水"), 50_000), 0xff, 'x'), city.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, media, err := s.Put(context.Background(), bytes.NewReader(c.content), limit)
			if err == nil {
				t.Fatalf("taken as %s", media)
			}
			wantKind(t, err, c.kind)
			if list := files(t, s); len(list) != 0 {
				t.Errorf("left behind: %v", list)
			}
		})
	}
}

// TestDeclaredTypeMustBeTheContents holds that a sender cannot say another type.
func TestDeclaredTypeMustBeTheContents(t *testing.T) {
	s := open(t)
	for declared, ok := range map[string]bool{"": true, "image/png": true, "IMAGE/PNG": true, "image/png; q=1": true, "image/jpeg": false, "text/html": false, "nonsense;;": false} {
		_, _, _, err := s.PutAs(context.Background(), declared, bytes.NewReader(pngOf(t)), limit)
		if ok != (err == nil) {
			t.Errorf("a PNG sent as %q: %v", declared, err)
		}
		if !ok {
			wantKind(t, err, city.Invalid, "image/png")
		}
	}
}

// FuzzExamine holds that any content is told or refused, without a crash and
// with little memory.
func FuzzExamine(f *testing.F) {
	f.Add(pngOf(f))
	f.Add(jpegOf(f))
	f.Add([]byte("%PDF-1.4"))
	f.Add([]byte("水"))
	for _, text := range onePixel {
		b, _ := base64.StdEncoding.DecodeString(text)
		f.Add(b)
	}
	file, err := os.Create(filepath.Join(f.TempDir(), "file"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { file.Close() })
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) == 0 {
			return
		}
		if err := file.Truncate(0); err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt(content, 0); err != nil {
			t.Fatal(err)
		}
		media, err := examine(file, int64(len(content)))
		if err == nil && media == Text && bytes.ContainsAny(content, "\x00\x1b") {
			t.Errorf("%q was taken as text", content)
		}
		if kind := city.KindOf(err); err != nil && kind != city.Invalid && kind != city.TooLarge {
			t.Errorf("%q: %v", content, err)
		}
	})
}
