package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"citybrain/city"
)

// The rules of a password follow NIST SP 800-63B: long enough, none that
// everybody tries first, nothing said about which characters it is made of, and
// no date on which it must change.
const (
	MinPassword = 10  // characters
	MaxPassword = 512 // bytes
)

// MaxAccountID bounds the length of an account's id.
const MaxAccountID = 40

// byProgram is who made a change that no person made, byAnybody who acts where
// nobody signs in. Records name them; no account may be named so.
const (
	byProgram city.AccountID = "program"
	byAnybody city.AccountID = "open"
)

// CheckID fails unless id can name an account: lower-case letters, digits and
// single hyphens between them.
func CheckID(id city.AccountID) error {
	s := string(id)
	ok := s != "" && len(s) <= MaxAccountID && s[0] != '-' && s[len(s)-1] != '-' && !strings.Contains(s, "--")
	for i := 0; ok && i < len(s); i++ {
		ok = s[i] >= 'a' && s[i] <= 'z' || s[i] >= '0' && s[i] <= '9' || s[i] == '-'
	}
	switch id {
	case byProgram:
		return city.InvalidField("identity", "id", "an account cannot be named %s: records call the program so", id)
	case byAnybody:
		return city.InvalidField("identity", "id", "an account cannot be named %s: records call so whoever acts where nobody signs in", id)
	}
	if !ok {
		return city.InvalidField("identity", "id", "an account is named by 1 to %d lower-case letters, digits and single hyphens, such as duty-officer", MaxAccountID)
	}
	return nil
}

// checkPassword fails unless an account may have the password.
func checkPassword(field string, a *Account, password string) error {
	fault := func(format string, args ...any) error { return city.InvalidField("identity", field, format, args...) }
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return fault("the password is not text")
	case n < MinPassword:
		return fault("the password is too short: it has %d characters and needs %d; several words are easy to remember", n, MinPassword)
	case len(password) > MaxPassword:
		return fault("the password is longer than %d bytes", MaxPassword)
	}
	plain := folded(password)
	for _, name := range []string{string(a.ID), a.Name.ZH, a.Name.EN} {
		if n := folded(name); n != "" && n == strings.TrimRight(plain, "0123456789") {
			return fault("the password is the account's name: choose one that cannot be guessed from it")
		}
	}
	if guessedFirst(plain) {
		return fault("this password is among the first that are tried: choose another")
	}
	return nil
}

// folded is s without what people change to make a known word look new: case,
// spaces and punctuation.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(s))
}

// commonWords are the beginnings of the passwords that lists of stolen ones
// begin with, at the lengths that the rules let through.
var commonWords = []string{"password", "passw0rd", "p@ssword", "qwertyuiop", "qwerty", "1qaz2wsx3edc", "1qaz2wsx", "q1w2e3r4t5y6", "q1w2e3r4t5", "zaq12wsx",
	"iloveyou", "letmein", "welcome", "administrator", "admin", "changeme", "woaini", "citybrain", "secret", "sunshine", "princess", "football", "asdfghjkl", "zxcvbnm"}

// guessedFirst says whether a folded password is a common word with digits
// behind it, one sign or pair again and again, or a row of the keyboard.
func guessedFirst(plain string) bool {
	word := strings.TrimRight(plain, "0123456789")
	for _, c := range commonWords {
		if plain == c || word == c || word == c+c {
			return true
		}
	}
	distinct := map[rune]bool{}
	for _, r := range plain {
		distinct[r] = true
	}
	return len(distinct) < 4 || inRow(plain)
}

// inRow says whether all digits and letters follow each other, up or down.
func inRow(s string) bool {
	for _, row := range []string{"01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm"} {
		if strings.Contains(row, s) || strings.Contains(row, reversed(s)) {
			return true
		}
	}
	return false
}

func reversed(s string) string {
	r := []rune(s)
	for i, k := 0, len(r)-1; i < k; i, k = i+1, k-1 {
		r[i], r[k] = r[k], r[i]
	}
	return string(r)
}
