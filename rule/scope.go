package rule

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"citybrain/city"
)

// Names that conditions may use besides attributes.
const (
	idName       = "id"     // the id of the entity, a text
	insideName   = "inside" // inside("area"): whether the entity's place lies in an area of the city
	insidePrefix = "inside:"
)

// refSort says what a name of a condition means.
type refSort uint8

const (
	refAttribute refSort = iota
	refLet               // a named value of the rule
	refArea              // whether the place lies in an area
	refID                // the id of the entity
)

// scope is where an expression stands: what names mean there besides
// attributes, and what it must give.
type scope struct {
	lets map[string]city.ValueKind // named values
	want city.ValueKind            // Bool, Number or Text
}

// unwanted says that an expression gives something else than it must.
func (sc scope) unwanted(t *cel.Type) error {
	what := celKind(t.String())
	switch sc.want {
	case city.Number:
		return fmt.Errorf("this gives %s, want %s", what, decimalNumber)
	case city.Text:
		return fmt.Errorf("this gives %s, want a text", what)
	}
	return fmt.Errorf("the condition gives %s, want true or false", what)
}

// inside turns inside("area") into a name of its own, so that it is looked up
// like an attribute.
func (w *reader) inside(e ast.Expr) {
	args := e.AsCall().Args()
	var area types.String
	ok := len(args) == 1 && args[0].Kind() == ast.LiteralKind && !e.AsCall().IsMemberFunction()
	if ok {
		area, ok = args[0].AsLiteral().(types.String)
	}
	if !ok || area == "" {
		w.err = fmt.Errorf(`inside wants the id of one area in quotes, such as inside("old-town")`)
		return
	}
	r := ref{sort: refArea, name: city.AttributeName(area), kind: city.Bool}
	e.SetKindCase(ast.NewExprFactory().NewIdent(e.ID(), r.path()))
	w.add(r, city.Bool)
}
