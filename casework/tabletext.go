package casework

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"citybrain/city"
)

// WriteTable writes what Transition does as Markdown: states, moves, guards. It
// is the generated part of docs/casework.md.
func WriteTable(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| state | 状态 | English |\n|---|---|---|\n")
	for _, s := range States {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s, StateNames[s].ZH, StateNames[s].EN)
	}
	b.WriteString("\n| move | 操作 | on the task of | from | to | who may | guards | it carries | besides |\n|---|---|---|---|---|---|---|---|---|\n")
	opening := line{verb: Report, to: Reported, who: []role{officer, anyDispatcher, program}, needs: []need{needText},
		does: city.Names{ZH: "开始一个案件", EN: "begins a case; the text is its title"}}
	writeLine(&b, &opening)
	for i := range table {
		writeLine(&b, &table[i])
	}
	b.WriteString("\n| guard | kind of error | what it says | |\n|---|---|---|---|\n")
	for _, g := range guards() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", g.name, g.kind, fill(g.text, one, someAgency).ZH, fill(g.text, one, someAgency).EN)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var one = []city.AgencyID{"…"}

func someAgency(city.AgencyID) city.Names { return city.Names{ZH: "某单位", EN: "an agency"} }

func writeLine(b *strings.Builder, l *line) {
	seats := [...]string{noSeat: "", leadSeat: "lead 主办", assistSeat: "assisting 协办"}
	to := "`" + string(l.to) + "`"
	if l.to == "" {
		to = "stays"
	}
	if l.verb == Reopen {
		to = "`handling` or `filed`"
	}
	if l.verb == Cleared {
		to = "stays or `closed`"
	}
	does := l.does.EN
	if l.does.ZH != "" {
		does += "；" + l.does.ZH
	}
	fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s | %s | %s | %s | %s |\n", l.verb, VerbNames[l.verb].ZH, seats[l.task], statesText(l.from), to,
		rolesText(l.who), guardsText(l.guards), needsText(l), does)
}

func statesText(from []State) string {
	if len(from) == len(States) {
		return "any"
	}
	return codes(from)
}

func codes[T ~string](list []T) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = "`" + string(s) + "`"
	}
	return strings.Join(out, ", ")
}

func rolesText(roles []role) string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = roleNames[r].EN + " " + roleNames[r].ZH
	}
	return strings.Join(out, "; ")
}

func guardsText(list []*guard) string {
	names := make([]Guard, len(list))
	for i, g := range list {
		names[i] = g.name
	}
	return codes(names)
}

func needsText(l *line) string {
	text := codes(l.needs)
	if len(l.may) > 0 {
		text = strings.TrimPrefix(text+", may: "+codes(l.may), ", ")
	}
	return text
}

// guards lists the guards of the table in the order in which they first stand
// in it.
func guards() (list []*guard) {
	for i := range table {
		for _, g := range table[i].guards {
			if !slices.Contains(list, g) {
				list = append(list, g)
			}
		}
	}
	return list
}
