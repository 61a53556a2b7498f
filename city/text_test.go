package city_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"citybrain/city"
)

func TestDetail(t *testing.T) {
	said := &city.Error{Kind: city.NotFound, Op: "a.B", Detail: "x is gone", Err: errors.New("open /secret/x")}
	for _, c := range []struct {
		err  error
		want string
	}{
		{said, "x is gone"},
		{fmt.Errorf("outside: %w", said), "x is gone"},
		{&city.Error{Kind: city.Unavailable, Op: "c.D", Err: said}, "x is gone"},
		{&city.Error{Kind: city.Unavailable, Op: "c.D"}, "c.D: unavailable"},
		{&city.Error{Kind: city.Unavailable, Op: "c.D", Err: errors.New("plain")}, "plain"},
		{errors.New("plain"), "plain"},
	} {
		if got := city.Detail(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}

func TestDurationText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 5 * time.Minute: "5m", 90 * time.Second: "1m30s", time.Hour: "1h", 65 * time.Minute: "1h5m",
		time.Hour + time.Second: "1h0m1s", 10 * time.Second: "10s", 20 * time.Minute: "20m", 10 * time.Hour: "10h",
	} {
		if got := city.DurationText(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
