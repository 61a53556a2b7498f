package driver

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// Conn is one keep-alive connection with at most one request under way. It is
// not safe for concurrent use.
type Conn struct {
	net.Conn
	in      *bufio.Reader
	request []byte
	body    []byte
	Timeout time.Duration // for one answer, 0 for none
}

// Dial connects to HOST:PORT.
func Dial(addr string) (*Conn, error) {
	c, err := net.DialTimeout("tcp", addr, 10*time.Second)
	if err != nil {
		return nil, err
	}
	return &Conn{Conn: c, in: bufio.NewReaderSize(c, 16<<10), Timeout: time.Minute}, nil
}

// Answer is what came back. Body is valid until the next request.
type Answer struct {
	Status int
	Body   []byte
	Close  bool // the server closes the connection
	Next   string
	Retry  string // Retry-After
}

// Err is an error that shows the answer, unless its status is among those.
func (a Answer) Err(want ...int) error {
	for _, s := range want {
		if a.Status == s {
			return nil
		}
	}
	return fmt.Errorf("status %d, want %v: %.500s", a.Status, want, a.Body)
}

// Do sends one request and reads its answer. A body goes as application/json.
func (c *Conn) Do(method, target string, body []byte) (Answer, error) {
	c.request = AppendRequest(c.request[:0], method, target, "application/json", body)
	return c.Send(c.request)
}

// Send writes a request as it is and reads the answer.
func (c *Conn) Send(request []byte) (Answer, error) {
	if c.Timeout > 0 {
		if err := c.SetDeadline(time.Now().Add(c.Timeout)); err != nil {
			return Answer{}, err
		}
	}
	if _, err := c.Write(request); err != nil {
		return Answer{}, err
	}
	return c.Answer()
}

// AppendRequest appends a request in the form of RFC 9112.
func AppendRequest(dst []byte, method, target, contentType string, body []byte) []byte {
	dst = append(dst, method...)
	dst = append(dst, ' ')
	dst = append(dst, target...)
	dst = append(dst, " HTTP/1.1\r\nHost: localhost\r\n"...)
	if body != nil {
		dst = append(dst, "Content-Type: "...)
		dst = append(dst, contentType...)
		dst = append(dst, "\r\nContent-Length: "...)
		dst = strconv.AppendInt(dst, int64(len(body)), 10)
		dst = append(dst, "\r\n"...)
	}
	dst = append(dst, "\r\n"...)
	return append(dst, body...)
}

// Answer reads the next answer, for a caller that wrote the request itself.
func (c *Conn) Answer() (Answer, error) {
	for {
		a, length, err := c.head()
		if err != nil {
			return Answer{}, err
		}
		if a.Status == 100 {
			continue
		}
		if err := c.readBody(&a, length); err != nil {
			return Answer{}, err
		}
		return a, nil
	}
}

const (
	chunked  = -1
	untilEnd = -2
)

func (c *Conn) head() (a Answer, length int, err error) {
	line, err := c.line()
	if err != nil {
		return a, 0, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return a, 0, fmt.Errorf("status line %q", line)
	}
	a.Status, err = strconv.Atoi(string(line[9:12]))
	if err != nil {
		return a, 0, err
	}
	length = untilEnd
	for {
		line, err := c.line()
		if err != nil {
			return a, 0, err
		}
		if len(line) == 0 {
			break
		}
		if err := a.field(line, &length); err != nil {
			return a, 0, err
		}
	}
	if a.Status == 204 || a.Status == 304 || a.Status < 200 {
		length = 0
	}
	return a, length, nil
}

func (a *Answer) field(line []byte, length *int) (err error) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	switch len(name) { // most lines are of no interest: look at the length first
	case len("Content-Length"):
		if bytes.EqualFold(name, []byte("Content-Length")) {
			*length, err = strconv.Atoi(string(bytes.TrimSpace(value)))
		}
	case len("Transfer-Encoding"):
		if bytes.EqualFold(name, []byte("Transfer-Encoding")) {
			*length = chunked
		}
	case len("Connection"):
		if bytes.EqualFold(name, []byte("Connection")) {
			a.Close = bytes.EqualFold(bytes.TrimSpace(value), []byte("close"))
		}
	case len("Retry-After"):
		if bytes.EqualFold(name, []byte("Retry-After")) {
			a.Retry = string(bytes.TrimSpace(value))
		}
	case len("Link"):
		if bytes.EqualFold(name, []byte("Link")) {
			a.Next = nextLink(string(value), a.Next)
		}
	}
	return err
}

func (c *Conn) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

func (c *Conn) readBody(a *Answer, length int) error {
	c.body = c.body[:0]
	switch length {
	case chunked:
		return c.chunks(a)
	case untilEnd:
		rest, err := io.ReadAll(c.in)
		a.Body, a.Close = rest, true
		return err
	}
	err := c.extend(length)
	a.Body = c.body
	return err
}

func (c *Conn) chunks(a *Answer) error {
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(line), 16, 32)
		if err != nil {
			return fmt.Errorf("chunk size: %w", err)
		}
		if err := c.extend(int(size)); err != nil {
			return err
		}
		if line, err = c.line(); err != nil {
			return err
		}
		if len(line) != 0 {
			return errors.New("no line end after a chunk")
		}
		if size == 0 {
			a.Body = c.body
			return nil
		}
	}
}

// extend reads n more bytes of the body.
func (c *Conn) extend(n int) error {
	at := len(c.body)
	if cap(c.body) < at+n {
		c.body = append(make([]byte, 0, 2*(at+n)), c.body...)
	}
	c.body = c.body[:at+n]
	_, err := io.ReadFull(c.in, c.body[at:])
	return err
}
