package rowfile

import (
	"encoding/binary"
	"errors"
	"io"
	"sync"
)

// headroom in front of each block takes the rest of the block before it.
const headroom = 16 << 10

// block is a piece of a file: data stands in buf[headroom:n].
type block struct {
	buf   []byte
	n     int
	ascii bool
	err   error // what follows the data; nil if more may come
}

// errPause is what a followed file answers at its present end.
var errPause = errors.New("rowfile: at the end for now")

// input is a file to be read in blocks.
type input interface {
	io.ReadCloser
	// wait returns nil when there may be more to read after errPause, and an
	// error when there never will be or stop is closed.
	wait(stop <-chan struct{}) error
}

// stream delivers an input in blocks, unpacked by a goroutine of its own.
type stream struct {
	out  chan block
	free chan []byte
	stop chan struct{}
	done sync.WaitGroup
	once sync.Once
}

func newStream(in input, size int) *stream {
	s := &stream{out: make(chan block, 1), free: make(chan []byte, 3), stop: make(chan struct{})}
	for range cap(s.free) {
		s.free <- nil
	}
	s.done.Add(1)
	go func() {
		defer s.done.Done()
		defer in.Close()
		s.run(in, size)
	}()
	return s
}

func (s *stream) run(in input, size int) {
	for {
		var buf []byte
		select {
		case buf = <-s.free:
		case <-s.stop:
			return
		}
		if len(buf) != headroom+size {
			buf = make([]byte, headroom+size)
		}
		b := fill(in, buf)
		for b.err == errPause && b.n == headroom {
			if err := in.wait(s.stop); err != nil {
				b.err = err
			} else {
				b = fill(in, buf)
			}
		}
		if b.err == errPause {
			b.err = nil
		}
		select {
		case s.out <- b:
		case <-s.stop:
			return
		}
		if b.err != nil {
			return
		}
	}
}

// fill reads until the block is full, the input ends or it pauses.
func fill(in io.Reader, buf []byte) block {
	b := block{buf: buf, n: headroom}
	for empty := 0; b.n < len(buf) && b.err == nil; {
		var n int
		n, b.err = in.Read(buf[b.n:])
		b.n += n
		if empty++; n > 0 {
			empty = 0
		} else if empty > 100 && b.err == nil {
			b.err = io.ErrNoProgress
		}
	}
	b.ascii = isASCII(buf[headroom:b.n])
	return b
}

func isASCII(b []byte) bool {
	var seen uint64
	for ; len(b) >= 8; b = b[8:] {
		seen |= binary.LittleEndian.Uint64(b)
	}
	for _, c := range b {
		seen |= uint64(c)
	}
	return seen&0x8080808080808080 == 0
}

func (s *stream) release(buf []byte) {
	select {
	case s.free <- buf:
	default:
	}
}

func (s *stream) close() {
	s.once.Do(func() { close(s.stop) })
	s.done.Wait()
}
