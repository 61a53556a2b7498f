package rule

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"citybrain/city"
)

// A simple condition (attributes, literals, arithmetic, comparison, !, && and
// ||) becomes closures of these types. The second result is false where CEL
// would report an error: a missing attribute.
type (
	numberFn func(*frame) (float64, bool)
	textFn   func(*frame) (string, bool)
	truthFn  func(*frame) truth
)

// term is a compiled part of a condition. Exactly one function is set.
type term struct {
	number numberFn
	text   textFn
	truth  truthFn

	constant bool // number gives value always
	integer  bool // a CEL int, which only a literal can be here
	value    float64
	slot     int // number reads this slot, or -1
}

// binder turns a checked condition into closures; at finds an attribute.
type binder struct {
	at func(path string) *bound
}

// term returns nil for what is not simple.
func (b binder) term(e ast.Expr) *term {
	switch e.Kind() {
	case ast.LiteralKind:
		return literal(e)
	case ast.IdentKind:
		return b.attribute(e.AsIdent())
	case ast.SelectKind:
		s := e.AsSelect()
		if s.Operand().Kind() != ast.IdentKind || s.IsTestOnly() {
			return nil
		}
		return b.attribute(s.Operand().AsIdent() + "." + s.FieldName())
	case ast.CallKind:
		return b.call(e.AsCall())
	}
	return nil
}

func literal(e ast.Expr) *term {
	switch v := e.AsLiteral().(type) {
	case types.Double:
		return constant(float64(v), false)
	case types.Int:
		return constant(float64(v), true)
	case types.String:
		s := string(v)
		return &term{slot: -1, text: func(*frame) (string, bool) { return s, true }}
	case types.Bool:
		t := truthOf(bool(v))
		return &term{slot: -1, truth: func(*frame) truth { return t }}
	}
	return nil
}

func constant(f float64, integer bool) *term {
	return &term{constant: true, integer: integer, value: f, slot: -1, number: func(*frame) (float64, bool) { return f, true }}
}

func (b binder) attribute(path string) *term {
	if path == faultyName {
		return &term{slot: -1, truth: func(f *frame) truth { return truthOf(f.faulty) }}
	}
	at := b.at(path)
	if at == nil {
		return nil
	}
	if at.sort != refAttribute {
		return virtual(at)
	}
	switch at.kind {
	case city.Text:
		return &term{slot: -1, text: func(f *frame) (string, bool) {
			c := f.at(at)
			if c == nil || c.kind != city.Text {
				return "", false
			}
			return c.text(), true
		}}
	case city.Bool:
		return &term{slot: -1, truth: func(f *frame) truth {
			c := f.at(at)
			if c == nil || c.kind != city.Bool {
				return unknown
			}
			return truthOf(c.num != 0)
		}}
	}
	if at.table != nil {
		return &term{slot: -1, number: func(f *frame) (float64, bool) {
			c := f.at(at)
			if c == nil || c.kind != city.Number {
				return 0, false
			}
			return c.num, true
		}}
	}
	slot, bit := at.slot, uint64(1)<<at.slot
	return &term{slot: slot, number: func(f *frame) (float64, bool) {
		c := &f.cells[slot]
		return c.num, c.kind == city.Number && f.blank&bit == 0
	}}
}

func (b binder) call(c ast.CallExpr) *term {
	if c.IsMemberFunction() {
		return nil
	}
	args := make([]*term, len(c.Args()))
	for i, a := range c.Args() {
		if args[i] = b.term(a); args[i] == nil {
			return nil
		}
	}
	switch len(args) {
	case 1:
		return unary(c.FunctionName(), args[0])
	case 2:
		return dyadic(c.FunctionName(), args[0], args[1])
	}
	return nil
}

func unary(op string, a *term) *term {
	switch {
	case op == operators.LogicalNot && a.truth != nil:
		inner := a.truth
		return &term{slot: -1, truth: func(f *frame) truth { return inner(f).not() }}
	case op == operators.Negate && a.number != nil && !a.integer:
		inner := a.number
		return &term{slot: -1, number: func(f *frame) (float64, bool) {
			v, ok := inner(f)
			return -v, ok
		}}
	}
	return nil
}

func dyadic(op string, a, b *term) *term {
	switch {
	case a.truth != nil && b.truth != nil:
		return logical(op, a.truth, b.truth)
	case a.text != nil && b.text != nil:
		return compareTexts(op, a.text, b.text)
	case a.number != nil && b.number != nil && !(a.integer && b.integer):
		if t := arithmetic(op, a, b); t != nil {
			return t
		}
		return compareNumbers(op, a, b)
	}
	return nil
}

// logical follows CEL: && and || are decided by one side alone where that side
// is enough, also when the other is unknown.
func logical(op string, a, b truthFn) *term {
	var fn truthFn
	switch op {
	case operators.LogicalAnd:
		fn = func(f *frame) truth {
			x := a(f)
			if x == no {
				return no
			}
			if y := b(f); y != yes {
				return y
			}
			return x
		}
	case operators.LogicalOr:
		fn = func(f *frame) truth {
			x := a(f)
			if x == yes {
				return yes
			}
			if y := b(f); y != no {
				return y
			}
			return x
		}
	case operators.Equals, operators.NotEquals:
		want := op == operators.Equals
		fn = func(f *frame) truth {
			x, y := a(f), b(f)
			if x == unknown || y == unknown {
				return unknown
			}
			return truthOf((x == y) == want)
		}
	default:
		return nil
	}
	return &term{slot: -1, truth: fn}
}

func arithmetic(op string, a, b *term) *term {
	if a.integer || b.integer {
		return nil
	}
	x, y := a.number, b.number
	var fn numberFn
	switch op {
	case operators.Add:
		fn = func(f *frame) (float64, bool) { v, ok := x(f); w, ok2 := y(f); return v + w, ok && ok2 }
	case operators.Subtract:
		fn = func(f *frame) (float64, bool) { v, ok := x(f); w, ok2 := y(f); return v - w, ok && ok2 }
	case operators.Multiply:
		fn = func(f *frame) (float64, bool) { v, ok := x(f); w, ok2 := y(f); return v * w, ok && ok2 }
		if k := a.value; a.constant && b.slot >= 0 {
			slot, bit := b.slot, uint64(1)<<b.slot
			fn = func(f *frame) (float64, bool) {
				c := &f.cells[slot]
				return k * c.num, c.kind == city.Number && f.blank&bit == 0
			}
		}
	case operators.Divide:
		fn = func(f *frame) (float64, bool) { v, ok := x(f); w, ok2 := y(f); return v / w, ok && ok2 }
	default:
		return nil
	}
	return &term{slot: -1, number: fn}
}

// compareNumbers follows CEL, which here follows IEEE 754: every comparison with
// NaN is false except !=.
func compareNumbers(op string, a, b *term) *term {
	x, y := a.number, b.number
	var fn truthFn
	switch op {
	case operators.Less:
		fn = ordered(x, y, func(v, w float64) bool { return v < w })
	case operators.LessEquals:
		fn = ordered(x, y, func(v, w float64) bool { return v <= w })
	case operators.Greater:
		fn = ordered(x, y, func(v, w float64) bool { return v > w })
	case operators.GreaterEquals:
		fn = ordered(x, y, func(v, w float64) bool { return v >= w })
	case operators.Equals, operators.NotEquals:
		want := op == operators.Equals
		fn = func(f *frame) truth {
			v, ok := x(f)
			w, ok2 := y(f)
			if !ok || !ok2 {
				return unknown
			}
			return truthOf((v == w) == want)
		}
	default:
		return nil
	}
	return &term{slot: -1, truth: fn}
}

func ordered(x, y numberFn, holds func(v, w float64) bool) truthFn {
	return func(f *frame) truth {
		v, ok := x(f)
		w, ok2 := y(f)
		if !ok || !ok2 {
			return unknown
		}
		return truthOf(holds(v, w))
	}
}

func compareTexts(op string, x, y textFn) *term {
	var holds func(v, w string) bool
	switch op {
	case operators.Less:
		holds = func(v, w string) bool { return v < w }
	case operators.LessEquals:
		holds = func(v, w string) bool { return v <= w }
	case operators.Greater:
		holds = func(v, w string) bool { return v > w }
	case operators.GreaterEquals:
		holds = func(v, w string) bool { return v >= w }
	case operators.Equals:
		holds = func(v, w string) bool { return v == w }
	case operators.NotEquals:
		holds = func(v, w string) bool { return v != w }
	default:
		return nil
	}
	return &term{slot: -1, truth: func(f *frame) truth {
		v, ok := x(f)
		w, ok2 := y(f)
		if !ok || !ok2 {
			return unknown
		}
		return truthOf(holds(v, w))
	}}
}
