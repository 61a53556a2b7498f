package ngsild

import (
	"strconv"
	"strings"

	"citybrain/city"
	"citybrain/internal/wire"
)

// The limits of a q expression.
const (
	maxTerms    = 100
	maxQNesting = 16
)

// CompileQ turns a q expression (clause 4.9) into a test of an entity:
//
//	speed<20;vehicleCount>0       and; | is or, and binds closer
//	(a==1|b==2);c                 groups, existence
//	speed==10..20  status=="a","b"  ranges, lists
//	name~="^North"  name!~="x"    regular expressions of RE2
//	speed.accuracy>0.9  speed.observedAt>2014-08-11T00:00:00Z  attributes of attributes
//	address[city]=="Springfield"     members of values that are objects
//
// A comparison with an attribute that the entity lacks, or of another kind of
// value, is false; so is !=.
func CompileQ(text string) (func(*city.Entity) bool, error) {
	if text == "" || len(text) > maxQ {
		return nil, city.InvalidField(op, "q", "an expression has 1 to %d bytes", maxQ)
	}
	p := &qParser{text: text}
	m, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.at < len(text) {
		return nil, p.fault("; or | or the end was expected")
	}
	return m, nil
}

type matcher = func(*city.Entity) bool

type qParser struct {
	text  string
	at    int
	terms int
	depth int
}

func (p *qParser) fault(why string) error {
	return city.InvalidField(op, "q", "at byte %d, before %q: %s", p.at, clip(p.text[p.at:]), why)
}

func (p *qParser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *qParser) take(s string) bool {
	if strings.HasPrefix(p.text[p.at:], s) {
		p.at += len(s)
		return true
	}
	return false
}

func (p *qParser) or() (matcher, error) {
	left, err := p.and()
	if err != nil || p.peek() != '|' {
		return left, err
	}
	list := []matcher{left}
	for p.take("|") {
		m, err := p.and()
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return func(e *city.Entity) bool {
		for _, m := range list {
			if m(e) {
				return true
			}
		}
		return false
	}, nil
}

func (p *qParser) and() (matcher, error) {
	left, err := p.term()
	if err != nil || p.peek() != ';' {
		return left, err
	}
	list := []matcher{left}
	for p.take(";") {
		m, err := p.term()
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return func(e *city.Entity) bool {
		for _, m := range list {
			if !m(e) {
				return false
			}
		}
		return true
	}, nil
}

func (p *qParser) term() (matcher, error) {
	if p.terms++; p.terms > maxTerms {
		return nil, p.fault("an expression has at most " + strconv.Itoa(maxTerms) + " terms")
	}
	if p.take("(") {
		if p.depth++; p.depth > maxQNesting {
			return nil, p.fault("groups go at most " + strconv.Itoa(maxQNesting) + " levels deep")
		}
		m, err := p.or()
		if err != nil {
			return nil, err
		}
		if p.depth--; !p.take(")") {
			return nil, p.fault(") was expected")
		}
		return m, nil
	}
	path, err := p.path()
	if err != nil {
		return nil, err
	}
	test, err := p.comparison()
	if err != nil {
		return nil, err
	}
	return func(e *city.Entity) bool {
		v, ok := path.find(e)
		return ok && (test == nil || test(&v))
	}, nil
}

// comparison reads an operator and what stands right of it; nil if there is no
// operator, which asks for existence.
func (p *qParser) comparison() (func(*city.Value) bool, error) {
	switch {
	case p.take("!~="):
		return p.pattern(false)
	case p.take("~="):
		return p.pattern(true)
	case p.take("=="):
		return p.equality(true)
	case p.take("!="):
		return p.equality(false)
	case p.take(">="):
		return p.order(func(c int) bool { return c >= 0 })
	case p.take("<="):
		return p.order(func(c int) bool { return c <= 0 })
	case p.take(">"):
		return p.order(func(c int) bool { return c > 0 })
	case p.take("<"):
		return p.order(func(c int) bool { return c < 0 })
	}
	switch p.peek() {
	case 0, ';', '|', ')':
		return nil, nil
	}
	return nil, p.fault("an operator was expected (==, !=, <, <=, >, >=, ~=, !~=)")
}

func (p *qParser) order(holds func(int) bool) (func(*city.Value) bool, error) {
	l, err := p.literal()
	if err != nil {
		return nil, err
	}
	if !l.ordered() {
		return nil, p.fault("this value has no order; compare numbers, times or texts in quotes")
	}
	return func(v *city.Value) bool {
		c, ok := l.compare(v)
		return ok && holds(c)
	}, nil
}

// equality reads a value, a range or a list.
func (p *qParser) equality(want bool) (func(*city.Value) bool, error) {
	first, err := p.literal()
	if err != nil {
		return nil, err
	}
	if p.take("..") {
		last, err := p.literal()
		if err != nil {
			return nil, err
		}
		if !first.ordered() || first.kind != last.kind {
			return nil, p.fault("a range has two numbers, two times or two texts")
		}
		return func(v *city.Value) bool {
			low, ok := first.compare(v)
			high, _ := last.compare(v)
			return ok && (low >= 0 && high <= 0) == want
		}, nil
	}
	list := []literal{first}
	for p.take(",") {
		l, err := p.literal()
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return func(v *city.Value) bool {
		for i := range list {
			if list[i].equals(v) {
				return want
			}
		}
		return !want
	}, nil
}

func (p *qParser) pattern(want bool) (func(*city.Value) bool, error) {
	text, quoted, err := p.word()
	if err != nil {
		return nil, err
	}
	if !quoted && text == "" {
		return nil, p.fault("a pattern was expected")
	}
	re, err := compilePattern(text)
	if err != nil {
		return nil, renamed(err, "q")
	}
	return func(v *city.Value) bool {
		switch v.Kind {
		case city.Text, city.Time, city.Relation:
			return re.MatchString(v.Text) == want
		}
		return false
	}, nil
}

// word reads a quoted text, or what stands until the end of the term.
func (p *qParser) word() (text string, quoted bool, err error) {
	rest := p.text[p.at:]
	if rest == "" || rest[0] != '"' {
		end := strings.IndexAny(rest, ";|),")
		if end < 0 {
			end = len(rest)
		}
		p.at += end
		return rest[:end], false, nil
	}
	end := 1
	for end < len(rest) && rest[end] != '"' {
		if rest[end] == '\\' && end+1 < len(rest) && (rest[end+1] == '"' || rest[end+1] == '\\') {
			end++
		}
		end++
	}
	if end >= len(rest) {
		return "", true, p.fault("the text has no closing quote")
	}
	p.at += end + 1
	// Only \" is an escape: other backslashes belong to a pattern.
	return strings.ReplaceAll(rest[1:end], `\"`, `"`), true, nil
}

func (p *qParser) literal() (literal, error) {
	start := p.at
	text, quoted, err := p.word()
	if err != nil {
		return literal{}, err
	}
	if quoted {
		return literal{kind: city.Text, text: text}, nil
	}
	if from, _, isRange := strings.Cut(text, ".."); isRange { // the range's end is the caller's
		text = from
		p.at = start + len(from)
	}
	if text == "" {
		return literal{}, p.fault("a value was expected")
	}
	return literalOf(text), nil
}

// literal is a value of a q expression. Kind is Number, Bool, Time, Text
// (quoted) or Relation (anything else: a URI or a bare word).
type literal struct {
	kind city.ValueKind
	num  float64
	at   city.Instant
	text string
}

func literalOf(text string) literal {
	switch text {
	case "true":
		return literal{kind: city.Bool, num: 1}
	case "false":
		return literal{kind: city.Bool}
	}
	if c := text[0]; c == '-' || c == '+' || c >= '0' && c <= '9' {
		if f, err := strconv.ParseFloat(text, 64); err == nil && !strings.ContainsAny(text, "xX_pPnN") {
			return literal{kind: city.Number, num: f}
		}
		if at, ok := moment(text); ok {
			return literal{kind: city.Time, at: at, text: text}
		}
	}
	return literal{kind: city.Relation, text: text}
}

// moment reads a time or a date, which stands for its first instant.
func moment(s string) (city.Instant, bool) {
	if len(s) == len("2014-08-11") {
		s += "T00:00:00Z"
	}
	if at, ok := wire.ParseInstant([]byte(s)); ok {
		return at, true
	}
	at, err := city.ParseInstant(s)
	return at, err == nil
}

func (l *literal) ordered() bool {
	return l.kind == city.Number || l.kind == city.Time || l.kind == city.Text
}

// compare is the order of v against l; false if they cannot be compared.
func (l *literal) compare(v *city.Value) (int, bool) {
	switch {
	case l.kind == city.Number && v.Kind == city.Number:
		return order(v.Num, l.num), true
	case l.kind == city.Text && (v.Kind == city.Text || v.Kind == city.Time):
		return strings.Compare(v.Text, l.text), true
	case l.kind == city.Time && (v.Kind == city.Time || v.Kind == city.Text):
		at, ok := moment(v.Text)
		return order(at, l.at), ok
	}
	return 0, false
}

func order[T float64 | city.Instant](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (l *literal) equals(v *city.Value) bool {
	switch l.kind {
	case city.Bool:
		return v.Kind == city.Bool && v.Num == l.num
	case city.Relation:
		return (v.Kind == city.Relation || v.Kind == city.Text) && v.Text == l.text
	case city.Text:
		if v.Kind == city.Relation {
			return v.Text == l.text
		}
	}
	c, ok := l.compare(v)
	return ok && c == 0
}
