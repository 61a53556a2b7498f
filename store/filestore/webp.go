package filestore

import (
	"encoding/binary"
	"errors"
	"image"
	"io"
)

var errWebP = errors.New("no WebP header")

// decodeWebP reads the dimensions in the header of a WebP file (RFC 9649): the
// first chunk is VP8 (section 2.5, a frame of RFC 6386), VP8L (2.6) or VP8X
// (2.7), and the RIFF length is that of the file.
func decodeWebP(r io.Reader) (image.Config, string, error) {
	var h [30]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return image.Config{}, "", err
	}
	rest, err := io.Copy(io.Discard, r)
	if err != nil {
		return image.Config{}, "", err
	}
	size, have := int64(binary.LittleEndian.Uint32(h[4:])), int64(len(h))+rest-8
	if size < have-1 || size > have { // a file may be padded to an even length
		return image.Config{}, "", errWebP
	}
	c := image.Config{}
	switch body := h[20:]; string(h[12:16]) {
	case "VP8 ":
		if body[0]&1 != 0 || body[3] != 0x9d || body[4] != 0x01 || body[5] != 0x2a { // a key frame's start code
			return c, "", errWebP
		}
		c.Width = int(binary.LittleEndian.Uint16(body[6:]) & 0x3fff)
		c.Height = int(binary.LittleEndian.Uint16(body[8:]) & 0x3fff)
	case "VP8L":
		if body[0] != 0x2f || body[4]>>5 != 0 { // signature, version
			return c, "", errWebP
		}
		bits := binary.LittleEndian.Uint32(body[1:])
		c.Width, c.Height = int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1
	case "VP8X":
		c.Width, c.Height = uint24(body[4:])+1, uint24(body[7:])+1
	default:
		return c, "", errWebP
	}
	return c, "webp", nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
