package cases

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"citybrain/city"
)

// uploadPause is how long a sender may fall silent in the middle of a file, and
// uploadTime how long a file may take. After the first uploadPause a file must
// have come at uploadRate or more on average.
const (
	uploadPause = 30 * time.Second
	uploadTime  = 10 * time.Minute
	uploadRate  = 8 << 10 // bytes a second
)

// uploadsEach is how many files one account may send at once.
const uploadsEach = 3

// taking counts the files that are being taken: their bytes over all, and how
// many each account sends.
type taking struct {
	mu    sync.Mutex
	bytes int64
	each  map[city.AccountID]int
}

// begin takes room for a file of held bytes; end gives it back. Overload if all
// files together would be more than most, or the account sends enough already.
func (t *taking) begin(account city.AccountID, held, most int64) (end func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	full := func(why string) (func(), error) {
		return nil, &city.Error{Kind: city.Overload, Op: "cases", Retry: 2 * time.Second, Detail: why}
	}
	switch {
	case account != "" && t.each[account] >= uploadsEach:
		return full(fmt.Sprintf("this account is sending %d files already; send one after the other", uploadsEach))
	case t.bytes+held > most:
		return full("too many files are being sent at once")
	}
	if t.each == nil {
		t.each = map[city.AccountID]int{}
	}
	t.bytes += held
	t.each[account]++
	return func() { t.end(account, held) }, nil
}

func (t *taking) end(account city.AccountID, held int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bytes -= held
	if t.each[account]--; t.each[account] == 0 {
		delete(t.each, account)
	}
}

// uploadBody gives a sender on a slow line as long as it takes, as long as
// something comes, up to uploadTime.
type uploadBody struct {
	rc    *http.ResponseController
	body  io.Reader
	begun time.Time
	next  time.Time
	came  int64
}

func (b *uploadBody) Read(p []byte) (int, error) {
	now := time.Now()
	if err := b.slow(now.Sub(b.begun)); err != nil {
		return 0, err
	}
	if now.After(b.next) {
		b.next = now.Add(uploadPause / 3)
		// Not every connection has deadlines; then the server's hold.
		_ = b.rc.SetReadDeadline(now.Add(uploadPause))
		_ = b.rc.SetWriteDeadline(now.Add(2 * uploadPause))
	}
	n, err := b.body.Read(p)
	b.came += int64(n)
	return n, err
}

// slow refuses a file that takes too long, or of which too little has come.
func (b *uploadBody) slow(took time.Duration) error {
	switch {
	case took > uploadTime:
		return &city.Error{Kind: city.Unavailable, Op: "cases", Detail: "sending the file took longer than " + city.DurationText(uploadTime)}
	case took > uploadPause && float64(b.came) < uploadRate*took.Seconds():
		return &city.Error{Kind: city.Unavailable, Op: "cases", Detail: "the file came too slowly: less than 8 KiB a second; send it over a better line, or a smaller one"}
	}
	return nil
}
