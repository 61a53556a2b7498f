package rule

import "testing"

// TestSentences holds that mistakes in conditions are explained without the
// words of a parser.
func TestSentences(t *testing.T) {
	for text, want := range map[string]string{
		`a >=`:                      `the condition ends after >=, where a name or a value should follow`,
		`a > 1 &&`:                  `the condition ends after &&, where a name or a value should follow`,
		`a ? 1`:                     `the condition ends after 1, where : should follow`,
		`(a > 1`:                    `a bracket is not closed: ) is missing at the end`,
		`a in [1,`:                  `a bracket is not closed: ] is missing at the end`,
		`a > 1)`:                    `column 6: ) closes a bracket that was not opened`,
		`a > 1 b`:                   `column 7: b cannot stand after 1: conditions are joined by && or ||`,
		`(a b)`:                     `column 4: b cannot stand after a`,
		`a > && b`:                  `column 5: && cannot stand after >, where a name or a value should follow`,
		`&& a`:                      `column 1: && cannot stand at the start`,
		"a > 1\n  && &&":            `line 2, column 6: && cannot stand after &&, where a name or a value should follow`,
		`a = 1`:                     `column 3: = is not a comparison: write ==`,
		`a => 1`:                    `column 3: => is not a comparison: write >=`,
		`a >== 1`:                   `column 5: >== is not a comparison`,
		`a <> 1`:                    `column 4: <> is not a comparison: write !=`,
		`a > 1 AND b > 2`:           `column 7: AND is not an operator: write &&`,
		`a or b`:                    `column 3: or is not an operator: write ||`,
		`not a`:                     `column 5: not is not an operator: write !`,
		`a & b`:                     `column 3: & is not an operator: write &&`,
		`a > 1,5`:                   `column 6: , cannot stand here: a decimal point is written . and conditions are joined by && or ||`,
		`state == "open`:            `column 10: the text that begins here has no " at its end`,
		`（a > 1）`:                   `column 1: （ has no meaning in a condition: write (`,
		`a > 1 ＆＆ b`:                `column 7: ＆ has no meaning in a condition: write &&`,
		`state == “open”`:           `column 10: “ has no meaning in a condition: write "`,
		`a ≥ 1`:                     `column 3: ≥ has no meaning in a condition: write >=`,
		`水位 > 3`:                    `column 1: 水 has no meaning in a condition: names of attributes are those of the data standard`,
		`a > 1 # note`:              `column 7: # has no meaning in a condition`,
		`a > 1..2`:                  `column 7: the condition cannot be understood from here on`,
		`sqrt(a) > 2.0`:             `column 5: there is no function sqrt`,
		`a * 2 > 3`:                 `column 3: * does not take a decimal number and a whole number`,
		`s == "o" && s > 3.0`:       `column 15: > does not take a text and a decimal number`,
		`s.startsWith(3)`:           `column 13: startsWith does not take a whole number`,
		`!a > 3.0`:                  `column 4: > does not take a truth value and a decimal number`,
		`a ? 1 : 2 > 3`:             `column 3: ? : does not take a truth value and a whole number and a truth value`,
		`a != null`:                 `column 3: != does not take a decimal number and nothing (null)`,
		`for > 1`:                   `column 1: for is a word of the language and cannot be a name here`,
		`a > 99999999999999999999`:  `column 5: the whole number is too large: write it with a decimal point`,
		`a + b`:                     `the condition gives a decimal number, want true or false`,
		`a * 2 > 3 && b * 3.0 == 1`: `column 3: * does not take a decimal number and a whole number; column 22: == does not take a decimal number and a whole number`,
	} {
		if _, err := parseExpr(text); err == nil || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
	}
}

// FuzzSentences holds that no text stops the explanation.
func FuzzSentences(f *testing.F) {
	for _, seed := range []string{"a >= ", "（a", "a\n&&", "\xff", "'", "a.b.c", "()"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := parseExpr(text); err != nil && err.Error() == "" {
			t.Errorf("%q is wrong for no reason", text)
		}
	})
}
