package filestore

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// TestSweepRemovesWhatNobodyNeeds holds that only files go that are old and that
// nobody needs, and that putting one again makes it young.
func TestSweepRemovesWhatNobodyNeeds(t *testing.T) {
	s := open(t)
	now := time.Now()
	put := func(text string, age time.Duration) string {
		hash, _, _, err := s.Put(context.Background(), strings.NewReader(text), limit)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(s.path(hash), now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
		return hash
	}
	needed, young := put("attached long ago", 48*time.Hour), put("attached in a moment", time.Hour)
	put("never attached", 48*time.Hour)
	put("sent again", 48*time.Hour)
	again, _, _, err := s.Put(context.Background(), strings.NewReader("sent again"), limit)
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Sweep(context.Background(), now.Add(-24*time.Hour), func(hash string) bool { return hash == needed })
	if err != nil || n != 1 {
		t.Errorf("removed %d files (%v), want 1", n, err)
	}
	for name, hash := range map[string]string{"needed": needed, "young": young, "sent again": again} {
		if err := s.Verify(context.Background(), hash); err != nil {
			t.Errorf("the file that is %s: %v", name, err)
		}
	}
	if left := files(t, s); len(left) != 3 {
		t.Errorf("left are %q, want 3", left)
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if n, err := s.Sweep(stopped, now.Add(time.Hour), func(string) bool { return false }); n != 0 || err == nil {
		t.Errorf("after its end it removed %d files (%v)", n, err)
	}
}
