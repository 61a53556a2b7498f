package rule

import (
	"errors"
	"fmt"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"citybrain/city"
)

// faultyName is the truth value that conditions may use besides attributes: the
// entity is marked faulty by the city's quality rules.
const faultyName = "faulty"

// Bounds of one condition.
const (
	maxConditionBytes = 4096
	maxConditionDepth = 64
	maxConditionCost  = 10_000 // CEL cost units of one evaluation
)

// expr is a checked condition, or an expression that gives a number or a text.
type expr struct {
	text   string
	tree   *ast.AST
	ast    *cel.Ast
	env    *cel.Env
	refs   []ref // in the order of first appearance
	faulty bool  // uses the built-in truth value
	gives  city.ValueKind
}

// ref is what a condition reads: an attribute of the entity itself, or through
// a Relationship of it, or something else that has a name there.
type ref struct {
	sort    refSort
	through city.AttributeName // empty for the entity itself
	name    city.AttributeName // of refArea the area
	kind    city.ValueKind     // Number, Text or Bool
}

func (r ref) path() string {
	if r.sort == refArea {
		return insidePrefix + string(r.name)
	}
	if r.through == "" {
		return string(r.name)
	}
	return string(r.through) + "." + string(r.name)
}

var baseEnv = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.ParserExpressionSizeLimit(maxConditionBytes),
		cel.ParserRecursionLimit(maxConditionDepth),
	)
})

// parseExpr checks a condition: CEL over attributes, with a truth value as its
// result. Numeric attributes are doubles.
func parseExpr(text string) (*expr, error) { return scope{want: city.Bool}.parse(text) }

// parse checks an expression in a scope.
func (sc scope) parse(text string) (*expr, error) {
	if len(text) > maxConditionBytes {
		return nil, fmt.Errorf("the condition is longer than %d bytes", maxConditionBytes)
	}
	base, err := baseEnv()
	if err != nil {
		return nil, err
	}
	parsed, issues := base.Parse(text)
	if issues.Err() != nil {
		return nil, celError(text, issues)
	}
	w := reader{kinds: map[string]city.ValueKind{}, scope: sc}
	w.read(parsed.NativeRep().Expr(), sc.want)
	if w.err != nil {
		return nil, w.err
	}
	x := &expr{text: text, refs: w.refs, faulty: w.faulty, gives: sc.want}
	vars := []cel.EnvOption{cel.Variable(faultyName, cel.BoolType)}
	for i := range x.refs {
		r := &x.refs[i]
		if r.kind = w.kinds[r.path()]; r.kind == city.None {
			r.kind = city.Number
		}
		vars = append(vars, cel.Variable(r.path(), celType(r.kind)))
	}
	if x.env, err = base.Extend(vars...); err != nil {
		return nil, err
	}
	if x.ast, issues = x.env.Check(parsed); issues.Err() != nil {
		return nil, celError(text, issues)
	}
	if x.ast.OutputType() != celType(sc.want) {
		return nil, sc.unwanted(x.ast.OutputType())
	}
	x.tree = x.ast.NativeRep()
	return x, nil
}

func celType(k city.ValueKind) *cel.Type {
	switch k {
	case city.Text:
		return cel.StringType
	case city.Bool:
		return cel.BoolType
	}
	return cel.DoubleType
}

// reader collects the attributes of a parsed condition and what kind of value
// the condition takes each of them for.
type reader struct {
	refs   []ref
	kinds  map[string]city.ValueKind // None: not known yet, taken for a number
	bound  []string                  // variables of comprehensions around here
	scope  scope
	faulty bool
	err    error
}

// read visits e, whose place in the condition wants a value of a kind (None
// where any will do).
func (w *reader) read(e ast.Expr, want city.ValueKind) {
	switch e.Kind() {
	case ast.IdentKind:
		w.ident(e.AsIdent(), want)
	case ast.SelectKind:
		w.selection(e.AsSelect(), want)
	case ast.CallKind:
		if e.AsCall().FunctionName() == insideName {
			w.inside(e)
			return
		}
		w.call(e.AsCall())
	case ast.ListKind:
		for _, item := range e.AsList().Elements() {
			w.read(item, city.None)
		}
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			w.read(entry.AsMapEntry().Key(), city.None)
			w.read(entry.AsMapEntry().Value(), city.None)
		}
	case ast.ComprehensionKind:
		w.comprehension(e.AsComprehension())
	case ast.StructKind:
		w.err = errors.New("a condition cannot build messages")
	}
}

func (w *reader) ident(name string, want city.ValueKind) {
	for _, b := range w.bound {
		if b == name {
			return
		}
	}
	if name == faultyName {
		w.faulty = true
		return
	}
	if name == idName {
		w.add(ref{sort: refID, name: idName}, city.Text)
		return
	}
	if kind := w.scope.lets[name]; kind != city.None {
		w.add(ref{sort: refLet, name: city.AttributeName(name)}, kind)
		return
	}
	w.add(ref{name: city.AttributeName(name)}, want)
}

func (w *reader) selection(s ast.SelectExpr, want city.ValueKind) {
	if s.Operand().Kind() != ast.IdentKind || s.IsTestOnly() {
		w.err = fmt.Errorf("%s: only relationship.attribute may have a dot", s.FieldName())
		return
	}
	w.add(ref{through: city.AttributeName(s.Operand().AsIdent()), name: city.AttributeName(s.FieldName())}, want)
}

func (w *reader) add(r ref, want city.ValueKind) {
	path := r.path()
	kind, seen := w.kinds[path]
	if !seen {
		w.refs = append(w.refs, r)
	}
	if kind == city.None {
		w.kinds[path] = want
	}
}

func (w *reader) comprehension(c ast.ComprehensionExpr) {
	w.read(c.IterRange(), city.None)
	w.read(c.AccuInit(), city.None)
	n := len(w.bound)
	w.bound = append(w.bound, c.AccuVar(), c.IterVar())
	if c.HasIterVar2() {
		w.bound = append(w.bound, c.IterVar2())
	}
	for _, e := range []ast.Expr{c.LoopCondition(), c.LoopStep(), c.Result()} {
		w.read(e, city.None)
	}
	w.bound = w.bound[:n]
}

func (w *reader) call(c ast.CallExpr) {
	args := c.Args()
	if c.IsMemberFunction() {
		w.read(c.Target(), city.Text)
	}
	switch name := c.FunctionName(); name {
	case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot:
		w.each(args, city.Bool)
	case operators.Conditional:
		w.read(args[0], city.Bool)
		w.each(args[1:], kindAmong(args[1:]))
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals,
		operators.Greater, operators.GreaterEquals, operators.Add, operators.In:
		w.each(args, kindAmong(args))
	case "timestamp", "duration", "size", "matches", "startsWith", "endsWith", "contains":
		w.each(args, city.Text)
	default:
		w.each(args, city.Number)
	}
}

func (w *reader) each(es []ast.Expr, want city.ValueKind) {
	for _, e := range es {
		w.read(e, want)
	}
}

// kindAmong is the kind of the first operand that shows one.
func kindAmong(es []ast.Expr) city.ValueKind {
	for _, e := range es {
		if k := shownKind(e); k != city.None {
			return k
		}
	}
	return city.None
}

func shownKind(e ast.Expr) city.ValueKind {
	switch e.Kind() {
	case ast.LiteralKind:
		switch e.AsLiteral().Type() {
		case types.StringType:
			return city.Text
		case types.BoolType:
			return city.Bool
		}
		return city.Number
	case ast.ListKind:
		return kindAmong(e.AsList().Elements())
	case ast.IdentKind:
		if e.AsIdent() == faultyName {
			return city.Bool
		}
		if e.AsIdent() == idName {
			return city.Text
		}
	case ast.CallKind:
		return resultKind(e.AsCall())
	}
	return city.None
}

func resultKind(c ast.CallExpr) city.ValueKind {
	switch c.FunctionName() {
	case operators.Subtract, operators.Multiply, operators.Divide, operators.Negate, operators.Modulo:
		return city.Number
	case operators.Add:
		return kindAmong(c.Args())
	case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Equals, operators.NotEquals,
		operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals, operators.In,
		"matches", "startsWith", "endsWith", "contains", insideName:
		return city.Bool
	}
	return city.None
}
