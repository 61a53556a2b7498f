package rule

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
)

// celError says in sentences what CEL found wrong in a condition. Of mistakes in
// the form only the first counts: those after it follow from it.
func celError(text string, issues *cel.Issues) error {
	var lines []string
	for _, e := range issues.Errors() {
		p := place{text: text, line: e.Location.Line(), column: e.Location.Column()}
		if message, form := strings.CutPrefix(e.Message, "Syntax error: "); form {
			return errors.New(p.formSentence(message))
		}
		lines = append(lines, p.sentence(meaningSentence(e.Message)))
	}
	if len(lines) == 0 {
		return issues.Err()
	}
	return errors.New(strings.Join(lines, "; "))
}

// place is where in a condition something is wrong, as CEL counts: lines from
// 1, columns in characters from 0.
type place struct {
	text         string
	line, column int
}

func (p place) sentence(what string) string {
	switch {
	case p.line < 1 || p.column < 0:
		return what
	case strings.Contains(p.text, "\n"):
		return fmt.Sprintf("line %d, column %d: %s", p.line, p.column+1, what)
	}
	return fmt.Sprintf("column %d: %s", p.column+1, what)
}

var lastToken = regexp.MustCompile(`("[^"]*"|'[^']*'|[\pL\d_.]+|[&|<>=!]+|[^\s])\s*$`)

// before is the last word, number, text or operator before the place, "" at the
// start of the condition.
func (p place) before() string {
	lines := strings.SplitAfter(p.text, "\n")
	if p.line < 1 || p.line > len(lines) {
		return ""
	}
	last := []rune(lines[p.line-1])
	head := strings.Join(lines[:p.line-1], "") + string(last[:min(max(p.column, 0), len(last))])
	if m := lastToken.FindStringSubmatch(head); m != nil {
		return m[1]
	}
	return ""
}

var (
	badToken    = regexp.MustCompile(`(?s)^token recognition error at: '(.*)'$`)
	badInput    = regexp.MustCompile(`(?s)^(?:extraneous|mismatched) input '(.*)' expecting (.*)$`)
	missing     = regexp.MustCompile(`^missing '(.)' at '(.*)'$`)
	firstWanted = regexp.MustCompile(`^\{?'([^'])'`)
)

const (
	endOfText = "<EOF>"
	wantValue = "{'[', '{', '('" // how CEL's list of what may begin a value begins
)

// formSentence explains a message of CEL's parser.
func (p place) formSentence(message string) string {
	if m := missing.FindStringSubmatch(message); m != nil {
		if m[2] == endOfText {
			return fmt.Sprintf("a bracket is not closed: %s is missing at the end", m[1])
		}
		return p.sentence(fmt.Sprintf("%s is missing before %s", m[1], m[2]))
	}
	if m := badToken.FindStringSubmatch(message); m != nil {
		return p.sentence(p.tokenSentence(m[1]))
	}
	m := badInput.FindStringSubmatch(message)
	switch {
	case m == nil:
		return p.sentence("the condition cannot be understood from here on")
	case m[1] == endOfText && strings.HasPrefix(m[2], wantValue):
		return fmt.Sprintf("the condition ends after %s, where a name or a value should follow", p.before())
	case m[1] == endOfText:
		return fmt.Sprintf("the condition ends after %s, where %s should follow", p.before(), wanted(m[2]))
	case m[2] == endOfText:
		return p.sentence(p.surplusSentence(m[1]))
	case p.before() == "<" && m[1] == ">":
		return p.sentence("<> is not a comparison: write !=")
	case p.before() == "":
		return p.sentence(m[1] + " cannot stand at the start")
	case !strings.HasPrefix(m[2], wantValue):
		return p.sentence(fmt.Sprintf("%s cannot stand after %s", m[1], p.before()))
	}
	return p.sentence(fmt.Sprintf("%s cannot stand after %s, where a name or a value should follow", m[1], p.before()))
}

func wanted(list string) string {
	if m := firstWanted.FindStringSubmatch(list); m != nil {
		return m[1]
	}
	return "more"
}

// narrow are the characters to write instead of their full-width forms, which
// Chinese input methods give.
var narrow = map[rune]string{
	'（': "(", '）': ")", '，': ",", '；': ";", '：': ":", '！': "!", '＆': "&&", '｜': "||", '＝': "==", '＜': "<", '＞': ">",
	'＋': "+", '－': "-", '＊': "*", '／': "/", '×': "*", '÷': "/", '≤': "<=", '≥': ">=", '≠': "!=", '．': ".", '。': ".",
	'“': `"`, '”': `"`, '‘': "'", '’': "'", '【': "[", '】': "]",
}

// tokenSentence explains characters that no condition may hold there.
func (p place) tokenSentence(token string) string {
	token = strings.TrimSpace(token)
	first, _ := utf8.DecodeRuneInString(token)
	switch {
	case narrow[first] != "":
		return fmt.Sprintf("%c has no meaning in a condition: write %s", first, narrow[first])
	case first == '"' || first == '\'':
		return fmt.Sprintf("the text that begins here has no %c at its end", first)
	case token == "=>":
		return "=> is not a comparison: write >="
	case first == '=' && strings.ContainsAny(p.before(), "<>=!"):
		return fmt.Sprintf("%s= is not a comparison", p.before())
	case first == '=':
		return "= is not a comparison: write =="
	case first == '&' || first == '|':
		return fmt.Sprintf("%c is not an operator: write %c%c", first, first, first)
	case unicode.IsLetter(first):
		return fmt.Sprintf("%c has no meaning in a condition: names of attributes are those of the data standard", first)
	}
	return fmt.Sprintf("%s has no meaning in a condition", token)
}

// surplusSentence explains what stands where the condition could have ended.
func (p place) surplusSentence(input string) string {
	switch strings.ToLower(input) {
	case ")", "]", "}":
		return fmt.Sprintf("%s closes a bracket that was not opened", input)
	case "and":
		return input + " is not an operator: write &&"
	case "or":
		return input + " is not an operator: write ||"
	case ",":
		return ", cannot stand here: a decimal point is written . and conditions are joined by && or ||"
	}
	if p.before() == "not" {
		return "not is not an operator: write !"
	}
	return fmt.Sprintf("%s cannot stand after %s: conditions are joined by && or ||", input, p.before())
}

var (
	noOverload   = regexp.MustCompile(`^found no matching overload for '([^']+)' applied to '(?:\S+\.)?\(([^)]*)\)'$`)
	noFunction   = regexp.MustCompile(`^undeclared reference to '([^']+)'`)
	otherType    = regexp.MustCompile(`^expected type '([^']+)' but found '([^']+)'$`)
	reservedName = regexp.MustCompile(`^reserved identifier: (\w+)$`)
)

// meaningSentence explains a message of CEL's checker.
func meaningSentence(message string) string {
	if m := noOverload.FindStringSubmatch(message); m != nil {
		var kinds []string
		for _, t := range strings.Split(m[2], ", ") {
			kinds = append(kinds, celKind(t))
		}
		return fmt.Sprintf("%s does not take %s", strings.ReplaceAll(strings.Trim(m[1], "_@"), "_", " "), strings.Join(kinds, " and "))
	}
	if m := noFunction.FindStringSubmatch(message); m != nil {
		return "there is no function " + m[1]
	}
	if m := reservedName.FindStringSubmatch(message); m != nil {
		return m[1] + " is a word of the language and cannot be a name here"
	}
	if m := otherType.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("this is %s where %s is wanted", celKind(m[2]), celKind(m[1]))
	}
	switch {
	case message == "invalid int literal":
		return "the whole number is too large: write it with a decimal point"
	case strings.HasPrefix(message, "expression recursion limit exceeded"):
		return fmt.Sprintf("the condition is nested deeper than %d", maxConditionDepth)
	}
	return message
}

// Kinds of value in sentences.
const (
	wholeNumber   = "a whole number"
	decimalNumber = "a decimal number"
)

func celKind(t string) string {
	switch t {
	case "double":
		return decimalNumber
	case "int", "uint":
		return wholeNumber
	case "string":
		return "a text"
	case "bool":
		return "a truth value"
	case "null":
		return "nothing (null)"
	case "timestamp", "google.protobuf.Timestamp":
		return "a time"
	}
	if strings.HasPrefix(t, "list(") {
		return "a list"
	}
	return t
}

// celHint says what to do about the mistakes that are made most.
func celHint(err error) string {
	s := err.Error()
	if strings.Contains(s, wholeNumber) && strings.Contains(s, decimalNumber) {
		return "attributes are decimal numbers: write 2.0 instead of 2 in sums, products and ==, !="
	}
	return "docs/rules.md explains conditions"
}
