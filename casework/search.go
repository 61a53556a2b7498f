package casework

import (
	"slices"
	"strings"
	"unicode"

	"citybrain/city"
)

// The bounds of a search, so that it costs the same whatever somebody wrote.
const (
	// MaxWords is how many words of a case can be found: those of its number,
	// its title and what it is about, then those of its text.
	MaxWords = 240
	// MaxSought is how many words a search looks for.
	MaxSought = 16
	// MaxFound is how many cases a search finds at most: the latest opened.
	MaxFound = 1000
	// longestWord is in characters; what comes after is left away.
	longestWord = 40
)

// Sought is one word that a case must have: some word of it begins with Prefix,
// or it is about one of these entities.
type Sought struct {
	Prefix string
	About  []city.EntityID
}

// Words lists, sorted, the words by which the case is found: those of its
// number, of its title and text, and of the last part of its entity's id. A
// text without gaps between words, as Chinese is, gives every two characters
// that follow each other. What they come of does not change once the case is
// opened.
func (c *Case) Words() []string {
	w := words{}
	id := string(c.Entity)
	for _, text := range []string{c.Number, c.Title.ZH, c.Title.EN, id[strings.LastIndexByte(id, ':')+1:], c.Text} {
		w.add(text, true)
	}
	slices.Sort(w)
	return w
}

// Seek lists the beginnings of words that a search for a text looks for, at most
// MaxSought; none if it has neither letters nor digits.
func Seek(text string) []string {
	w := words{}
	w.add(text, false)
	return w[:min(len(w), MaxSought)]
}

// words are in the order in which they were found, each once.
type words []string

// add takes the words of a text. Of characters without gaps the last one is a
// word by itself, so that a search for one character finds it at the end too;
// whoever seeks leaves it away.
func (w *words) add(text string, all bool) {
	var run []rune
	gapless := false
	end := func() {
		switch {
		case len(run) == 0:
		case !gapless:
			w.put(string(run[:min(len(run), longestWord)]))
		default:
			for i := 0; i+1 < len(run); i++ {
				w.put(string(run[i : i+2]))
			}
			if all || len(run) == 1 {
				w.put(string(run[len(run)-1:]))
			}
		}
		run = run[:0]
	}
	for _, r := range text {
		r = plainRune(r)
		han := unicode.Is(unicode.Han, r)
		if len(run) > 0 && han != gapless {
			end()
		}
		if !han && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			end()
			continue
		}
		gapless = han
		run = append(run, r)
	}
	end()
}

func (w *words) put(word string) {
	if len(*w) < MaxWords && !slices.Contains(*w, word) {
		*w = append(*w, word)
	}
}

// plainRune is a letter in lower case, and the half-width form of what Chinese
// input methods write in full width.
func plainRune(r rune) rune {
	if r >= '！' && r <= '～' {
		r -= '！' - '!'
	}
	return unicode.ToLower(r)
}

// Has says whether a case is one that a search for these words finds. It is what
// Records do with an index.
func (c *Case) Has(sought []Sought) bool {
	list := c.Words()
	for _, s := range sought {
		at, found := slices.BinarySearch(list, s.Prefix)
		if !found && (at == len(list) || !strings.HasPrefix(list[at], s.Prefix)) && !slices.Contains(s.About, c.Entity) {
			return false
		}
	}
	return true
}

// Names says whether a name has what a search looks for, anywhere in it.
func Names(name string, prefix string) bool {
	return strings.Contains(strings.Map(plainRune, name), prefix)
}
