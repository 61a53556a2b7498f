package identity

import (
	"math/rand/v2"
	"strings"
	"testing"

	"citybrain/city"
)

func TestPasswordRules(t *testing.T) {
	a := &Account{ID: "duty-officer", Name: city.Names{ZH: "城运中心值班长第一席位", EN: "Duty officer"}}
	for password, ok := range map[string]bool{
		"correct horse battery": true, "桥边的灯河上的船岸边的树": true, "xK9-mQ2-vT": true, "    a b c d e f": false, "    a c e b d f": true, "ilovetheriver": true, "passwordless ferry": true,
		"": false, "short": false, "ninechars": false, "九个字的口令不够长": false,
		"duty-officer": false, "Duty Officer": false, "duty-officer-2024": false, "城运中心值班长第一席位": false, "DUTYOFFICER1": false,
		"password123": false, "Password-2024!": false, "administrator": false, "1234567890": false, "0987654321": false, "abcdefghij": false, "qwertyuiop": false, "poiuytrewq": false,
		"aaaaaaaaaaaa": false, "ababababab": false, "1111111111111": false, "１２３４５６７８９０": false, "woaini1314520": false, "admin12345678": false,
		strings.Repeat("long ", 103): false, "\xff\xfe not text at all": false,
	} {
		if err := checkPassword("password", a, password); (err == nil) != ok {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestHashesAreChecked(t *testing.T) {
	p := newPress()
	random := rand.NewChaCha8([32]byte{1})
	hash, err := p.hash(t.Context(), "桥边的灯 café", random)
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%s, %v", hash, err)
	}
	again, err := p.hash(t.Context(), "桥边的灯 café", random)
	if err != nil || again == hash {
		t.Errorf("two hashes of one password are the same: %s, %v", again, err)
	}
	for password, want := range map[string]bool{"桥边的灯 café": true, "桥边的灯 cafe\u0301": true, "桥边的灯 cafe": false, "": false} {
		if got, err := p.matches(t.Context(), password, hash); got != want || err != nil {
			t.Errorf("%q: %v, %v", password, got, err)
		}
	}
	for _, broken := range []string{"", "x", "$argon2id$v=19$m=19456,t=2,p=1$$", hash + "A", hash[:len(hash)-1] + "!", strings.Replace(hash, "argon2id", "argon2i", 1), strings.Replace(hash, "m=19456", "m=99999999", 1),
		strings.Replace(hash, "t=2", "t=0", 1), strings.Replace(hash, "t=2", "t=2000", 1), strings.Replace(hash, "p=1", "p=0", 1), strings.Replace(hash, "p=1", "p=257", 1)} {
		if got, err := p.matches(t.Context(), "桥边的灯 café", broken); got || err != nil {
			t.Errorf("%q: %v, %v", broken, got, err)
		}
	}
	if len(p.running) != 0 || p.waiting.Load() != 0 {
		t.Errorf("the press is not empty: %d, %d", len(p.running), p.waiting.Load())
	}
}

func TestPatienceForgetsWhatIsOldest(t *testing.T) {
	p := newPatience()
	for n := range mostCounted + 100 {
		if err := p.begin("", strings.Repeat("a", n%7)+string(rune('0'+n%10))+strings.Repeat("b", n/70), city.Instant(n)); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.counts) > mostCounted {
		t.Errorf("%d are counted", len(p.counts))
	}
}

func FuzzReadPHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g")
	f.Fuzz(func(t *testing.T, text string) {
		h, ok := readPHC(text)
		if ok && h.String() != text {
			t.Fatalf("%q came back as %q", text, h)
		}
		if ok && (h.memory > maxMemory || h.passes > maxPasses) {
			t.Fatalf("%q costs too much", text)
		}
	})
}

func FuzzKeyOf(f *testing.F) {
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, token string) {
		if _, ok := KeyOf(token); ok && len(token) != 43 {
			t.Fatalf("%q opens something", token)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	p := newPress()
	random := rand.NewChaCha8([32]byte{1})
	for b.Loop() {
		if _, err := p.hash(b.Context(), "a lamp beside the river", random); err != nil {
			b.Fatal(err)
		}
	}
}
