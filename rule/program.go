package rule

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	celref "cel.dev/cel-go/common/types/ref"

	"citybrain/city"
)

// bind makes x runnable: closures where it is simple, a CEL program with a
// bounded cost where it is not. at finds the attributes of x. failed is called
// when CEL gives up for another reason than a missing attribute.
func (x *expr) bind(at func(path string) *bound, failed func()) (truthFn, error) {
	if t := (binder{at: at}).term(x.tree.Expr()); t != nil && t.truth != nil {
		return t.truth, nil
	}
	return x.bindCEL(at, failed)
}

func (x *expr) bindCEL(at func(path string) *bound, failed func()) (truthFn, error) {
	eval, err := x.evaluator(at, failed)
	if err != nil {
		return nil, err
	}
	return func(f *frame) truth {
		if b, ok := eval(f).(types.Bool); ok {
			return truthOf(bool(b))
		}
		return unknown
	}, nil
}

// bindNumber is bind for an expression that gives a number.
func (x *expr) bindNumber(at func(path string) *bound, failed func()) (numberFn, error) {
	if t := (binder{at: at}).term(x.tree.Expr()); t != nil && t.number != nil && !t.integer {
		return t.number, nil
	}
	eval, err := x.evaluator(at, failed)
	if err != nil {
		return nil, err
	}
	return func(f *frame) (float64, bool) {
		v, ok := eval(f).(types.Double)
		return float64(v), ok
	}, nil
}

// bindText is bind for an expression that gives a text.
func (x *expr) bindText(at func(path string) *bound, failed func()) (textFn, error) {
	if t := (binder{at: at}).term(x.tree.Expr()); t != nil && t.text != nil {
		return t.text, nil
	}
	eval, err := x.evaluator(at, failed)
	if err != nil {
		return nil, err
	}
	return func(f *frame) (string, bool) {
		v, ok := eval(f).(types.String)
		return string(v), ok
	}, nil
}

// evaluator runs x as a CEL program. It gives nil where x has no value.
func (x *expr) evaluator(at func(path string) *bound, failed func()) (func(*frame) celref.Val, error) {
	program, err := x.env.Program(x.ast, cel.CostLimit(maxConditionCost), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, err
	}
	vars := &activation{at: make(map[string]*bound, len(x.refs))}
	for _, r := range x.refs {
		vars.at[r.path()] = at(r.path())
	}
	return func(f *frame) celref.Val {
		vars.frame, vars.missed = f, false
		out, details, err := program.Eval(vars)
		f.engine.spend(details)
		if err == nil && out != nil && !types.IsUnknownOrError(out) {
			return out
		}
		if !vars.missed {
			failed()
		}
		return nil
	}, nil
}

// activation gives a CEL program the attributes of a frame.
type activation struct {
	at     map[string]*bound
	frame  *frame
	missed bool
}

// ResolveName finds a variable; a missing attribute is not found, which CEL
// treats as an error that && and || can absorb.
func (a *activation) ResolveName(name string) (any, bool) {
	if name == faultyName {
		return a.frame.faulty, true
	}
	b := a.at[name]
	if b == nil {
		return nil, false
	}
	if b.sort != refAttribute {
		v, known := b.virtual(a.frame)
		a.missed = a.missed || !known
		return v, known
	}
	c := a.frame.at(b)
	if c == nil || c.kind != b.kind {
		a.missed = true
		return nil, false
	}
	switch c.kind {
	case city.Text:
		return c.text(), true
	case city.Bool:
		return c.num != 0, true
	}
	return c.num, true
}

// Parent is nil: there are no other variables.
func (a *activation) Parent() cel.Activation { return nil }
