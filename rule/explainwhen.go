package rule

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"citybrain/city"
)

// say is a text in both languages over the same arguments.
func say(zh, en string, args ...any) city.Names {
	return city.Names{ZH: strings.TrimSpace(fmt.Sprintf(zh, args...)), EN: strings.TrimSpace(fmt.Sprintf(en, args...))}
}

// subject tells whether the rule looks at the entity at all.
func (q *explainer) subject() truth {
	p, x, is := q.p, q.x, yes
	if p.areas != nil {
		in := slices.ContainsFunc(p.areas, func(a int) bool { return a >= 0 && x.lies(a) })
		names := strings.Join(p.rule.spec.Area, ", ")
		text := say("位置在区域 %s 之内", "its place lies in %s", names)
		if !in {
			is, text = no, say("位置不在区域 %s 之内", "its place does not lie in %s", names)
			if x.place() == nil {
				text = say("没有位置，无法判断是否在区域 %s 之内", "it has no place: it lies in none of %s", names)
			}
		}
		q.add(Finding{Part: PartArea, Holds: holdsIf(in), Name: names, Text: text})
	}
	if p.where != nil {
		f, t := q.condition(PartWhere, p.rule.where)
		q.add(f)
		if is == yes {
			is = t
		}
	}
	return is
}

func (q *explainer) unless() {
	if q.p.unless == nil {
		return
	}
	f, t := q.condition(PartUnless, q.p.rule.unless)
	q.add(f)
	switch t {
	case yes:
		q.conclude(say("unless 成立，规则不触发：%s", "unless holds, so the rule does not raise: %s", q.p.rule.unless.text))
	case unknown:
		q.conclude(say("unless 无法判断（%s），规则不看这条读数", "unless cannot be told (%s), so the rule passes the reading over", missingIn(f)))
	}
}

// conditions tells of when and clear.
func (q *explainer) conditions() {
	p := q.p
	if p.rule.when != nil {
		f, t := q.condition(PartWhen, p.rule.when)
		q.add(f)
		asks := p.form == formCondition || p.form == formRepeat
		switch {
		case t == no && asks:
			q.conclude(say("条件不成立：%s", "the condition does not hold: %s", failing(f)))
		case t == unknown && asks:
			q.conclude(say("条件无法判断，缺少：%s", "the condition cannot be told; missing: %s", missingIn(f)))
		}
	}
	if p.rule.clear != nil && q.r.up != nil {
		f, _ := q.condition(PartClear, p.rule.clear)
		q.add(f)
	}
}

// failing is the first smallest part of a condition that does not hold.
func failing(f Finding) string {
	for _, part := range f.Parts {
		if part.Holds == HoldsNo && part.Part == f.Part {
			return failing(part)
		}
	}
	values := f.Name
	for _, v := range f.Parts {
		if v.Part != f.Part && v.Value != "" {
			values += "; " + v.Name + " = " + v.Value
		}
	}
	return values
}

// missingIn names the values that a condition lacks.
func missingIn(f Finding) string {
	var names []string
	var visit func(Finding)
	visit = func(f Finding) {
		if f.Part == PartAttribute && f.Holds == HoldsUnknown && !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
		for _, part := range f.Parts {
			visit(part)
		}
	}
	visit(f)
	return strings.Join(names, ", ")
}

// condition takes a condition apart.
func (q *explainer) condition(part Part, x *expr) (Finding, truth) {
	own := q.e.tables[q.p.rule.spec.Entity]
	find, _ := q.e.bounds(q.p, own, x)
	c := &taken{q: q, x: x, part: part, find: find}
	f, t := c.piece(x.tree.Expr())
	f.Name = x.text
	f.Text = c.sentence(x.text, t)
	return f, t
}

// taken is a condition being taken apart.
type taken struct {
	q    *explainer
	x    *expr
	part Part
	find func(path string) *bound
}

var insideIdent = regexp.MustCompile(insidePrefix + `([\w.-]+)`)

// text is a part of the condition as it could be written.
func (c *taken) text(e ast.Expr) string {
	if e.ID() == c.x.tree.Expr().ID() {
		return c.x.text
	}
	text, err := cel.ExprToString(e, c.x.tree.SourceInfo())
	if err != nil { // a macro: only all of it can be shown
		return c.x.text
	}
	return insideIdent.ReplaceAllString(text, `inside("$1")`)
}

func (c *taken) piece(e ast.Expr) (Finding, truth) {
	t := c.value(e)
	text := c.text(e)
	f := Finding{Part: c.part, Name: text, Holds: holdsOf(t), Text: c.sentence(text, t)}
	if e.Kind() == ast.CallKind {
		switch call := e.AsCall(); call.FunctionName() {
		case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot:
			for _, arg := range call.Args() {
				part, _ := c.piece(arg)
				f.Parts = append(f.Parts, part)
			}
			return f, t
		}
	}
	f.Parts = c.values(e)
	return f, t
}

func (c *taken) sentence(text string, t truth) city.Names {
	switch t {
	case yes:
		return say("%s %s：成立", "%s %s: holds", c.part, text)
	case no:
		return say("%s %s：不成立", "%s %s: does not hold", c.part, text)
	}
	return say("%s %s：无法判断", "%s %s: unknown", c.part, text)
}

// value is what a part of the condition gives.
func (c *taken) value(e ast.Expr) truth {
	tree := ast.NewCheckedAST(ast.NewAST(e, c.x.tree.SourceInfo()), c.x.tree.TypeMap(), c.x.tree.ReferenceMap())
	sub := &expr{tree: tree, env: c.x.env, refs: c.x.refs}
	if (binder{at: c.find}).term(e) == nil {
		proto, err := ast.ToProto(tree)
		if err != nil {
			return unknown
		}
		sub.ast = cel.CheckedExprToAst(proto)
	}
	fn, err := sub.bind(c.find, func() {})
	if err != nil {
		return unknown
	}
	return fn(&c.q.e.frame)
}

// values are what a part of the condition reads.
func (c *taken) values(e ast.Expr) (out []Finding) {
	seen := map[string]bool{}
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		path := ""
		switch e.Kind() {
		case ast.IdentKind:
			path = e.AsIdent()
		case ast.SelectKind:
			if s := e.AsSelect(); s.Operand().Kind() == ast.IdentKind {
				path = s.Operand().AsIdent() + "." + s.FieldName()
			}
		}
		if path == "" || seen[path] {
			return
		}
		seen[path] = true
		if path == faultyName {
			v := city.BoolOf(c.q.x.faulty)
			out = append(out, Finding{Part: PartAttribute, Name: path, Holds: HoldsYes, Value: shown(v), Text: say("faulty = %s", "faulty = %s", shown(v))})
		} else if b := c.find(path); b != nil {
			out = append(out, c.q.named(b))
		}
	}))
	return out
}

// named tells what a name of a condition stands for.
func (q *explainer) named(b *bound) Finding {
	f := Finding{Part: PartAttribute, Name: b.path(), Holds: HoldsYes}
	fr := &q.e.frame
	switch b.sort {
	case refLet:
		v := fr.let(b.index)
		if v.kind == city.None {
			f.Holds, f.Text = HoldsUnknown, say("%s 没有值", "%s has no value", f.Name)
			return f
		}
		f.Value = shown(valueOfLet(v))
		f.Text = say("%s = %s", "%s = %s", f.Name, f.Value)
		return f
	case refArea:
		f.Name, f.Value = fmt.Sprintf("inside(%q)", b.name), fmt.Sprint(fr.inside(b.index))
		f.Text = say("%s = %s", "%s = %s", f.Name, f.Value)
		return f
	case refID:
		f.Value = string(fr.id)
		f.Text = say("id = %s", "id = %s", f.Value)
		return f
	}
	return q.attribute(f, b)
}

func valueOfLet(v *letValue) city.Value {
	if v.kind == city.Text {
		return city.TextOf(v.text)
	}
	return city.NumberOf(v.num)
}

func (q *explainer) attribute(f Finding, b *bound) Finding {
	fr := &q.e.frame
	own := fr.cell(b.slot)
	c := fr.at(b)
	switch {
	case c == nil && b.table != nil && own == nil:
		f.Holds, f.Text = HoldsUnknown, say("缺少 %s：不知道指向哪个实体", "%s is missing: it is not known where it points", b.through)
	case c == nil && b.table != nil:
		f.Holds, f.Text = HoldsUnknown, say("%s 指向的 %s 没有 %s", "%[2]s, to which %[1]s points, has no %[3]s", b.through, own.text(), b.name)
	case c == nil && fr.blank&(1<<b.slot) != 0:
		f.Holds, f.Text = HoldsUnknown, say("这条读数没有 %s", "the reading does not carry %s", f.Name)
	case c == nil:
		f.Holds, f.Text = HoldsUnknown, say("缺少 %s", "%s is missing", f.Name)
	case c.kind != b.kind:
		f.Holds, f.Value = HoldsUnknown, shown(c.value())
		f.Text = say("%s = %s，不是条件要的类型", "%s = %s, which is not the kind of value that the condition takes", f.Name, f.Value)
	default:
		f.Value = shown(c.value())
		f.Text = say("%s = %s（%s）", "%s = %s (%s)", f.Name, f.Value, q.clock(c.at))
	}
	return f
}
