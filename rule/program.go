package rule

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

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
	program, err := x.env.Program(x.ast, cel.CostLimit(maxConditionCost), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, err
	}
	vars := &activation{at: make(map[string]*bound, len(x.refs))}
	for _, r := range x.refs {
		vars.at[r.path()] = at(r.path())
	}
	return func(f *frame) truth {
		vars.frame, vars.missed = f, false
		out, _, err := program.Eval(vars)
		if b, ok := out.(types.Bool); ok && err == nil {
			return truthOf(bool(b))
		}
		if !vars.missed {
			failed()
		}
		return unknown
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
