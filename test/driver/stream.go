package driver

import (
	"bufio"
	"fmt"
	"io"
	"net/http/httputil"
	"strings"
	"time"
)

// Event is one server-sent event (HTML standard, section 9.2.6).
type Event struct {
	ID, Name, Data string
	Received       time.Time
}

// Stream is a connection that receives events.
type Stream struct {
	conn *Conn
	in   *bufio.Reader
}

// Subscribe opens a stream. After the last event with an id, lastID resumes it.
func Subscribe(addr, target, lastID string) (*Stream, error) {
	c, err := Dial(addr)
	if err != nil {
		return nil, err
	}
	request := "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
	if lastID != "" {
		request += "Last-Event-ID: " + lastID + "\r\n"
	}
	if _, err := c.Write([]byte(request + "\r\n")); err != nil {
		return nil, err
	}
	a, length, err := c.head()
	if err != nil {
		c.Close()
		return nil, err
	}
	if a.Status != 200 {
		c.Close()
		return nil, fmt.Errorf("%s: status %d", target, a.Status)
	}
	var in io.Reader = c.in
	if length == chunked {
		in = httputil.NewChunkedReader(c.in)
	}
	return &Stream{conn: c, in: bufio.NewReaderSize(in, 64<<10)}, nil
}

// Next waits for an event. Comments are passed over.
func (s *Stream) Next() (Event, error) {
	var e Event
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return Event{}, err
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			if e.Data == "" {
				continue
			}
			e.Received = time.Now()
			return e, nil
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			e.ID = value
		case "event":
			e.Name = value
		case "data":
			if e.Data != "" {
				e.Data += "\n"
			}
			e.Data += value
		}
	}
}

// Close ends the stream; a waiting Next returns an error.
func (s *Stream) Close() error { return s.conn.Close() }
