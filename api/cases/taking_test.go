package cases

import (
	"testing"
	"time"

	"citybrain/city"
)

// TestOneAccountDoesNotTakeAllRoom holds that an account sends only so many
// files at once, that all together are bounded, and that room comes back.
func TestOneAccountDoesNotTakeAllRoom(t *testing.T) {
	var x taking
	var ends []func()
	begin := func(account city.AccountID, held int64) error {
		end, err := x.begin(account, held, 100)
		if err == nil {
			ends = append(ends, end)
		}
		return err
	}
	for range uploadsEach {
		if err := begin("drainage-crew", 10); err != nil {
			t.Fatal(err)
		}
	}
	if err := begin("drainage-crew", 10); city.KindOf(err) != city.Overload {
		t.Errorf("one more: %v, want overload", err)
	}
	if err := begin("traffic-crew", 60); err != nil {
		t.Errorf("another account: %v", err)
	}
	if err := begin("bus-crew", 20); city.KindOf(err) != city.Overload {
		t.Errorf("beyond the whole: %v, want overload", err)
	}
	for _, end := range ends {
		end()
	}
	if x.bytes != 0 || len(x.each) != 0 {
		t.Errorf("left are %d bytes of %d accounts", x.bytes, len(x.each))
	}
}

// TestDrippingIsRefused holds that a byte now and then does not hold room.
func TestDrippingIsRefused(t *testing.T) {
	for _, c := range []struct {
		came int64
		took time.Duration
		slow bool
	}{
		{1, 20 * time.Second, false},
		{100, time.Minute, true},
		{600 << 10, time.Minute, false},
		{9 << 20, uploadTime + time.Second, true},
	} {
		if err := (&uploadBody{came: c.came}).slow(c.took); (err != nil) != c.slow {
			t.Errorf("%d bytes in %s: %v", c.came, c.took, err)
		}
	}
}
