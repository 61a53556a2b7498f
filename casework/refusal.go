package casework

import (
	"strings"

	"citybrain/city"
)

// Refusal is the error of a move that may not be made: which guard refused,
// why, and who could. It wraps a *city.Error: Denied where somebody else could,
// Conflict where the case does not stand so, Invalid where the command lacks
// something.
type Refusal struct {
	Guard    Guard
	Who      []Who           // who could, once the case stands so
	Agencies []city.AgencyID // whom Text names
	Text     city.Names
	Changes  []StoredMove // of GuardVersion: the moves since the version that was seen

	kind  city.ErrorKind
	field string
	form  city.Names // Text before the agencies are named: %s stands for them
}

// Who is who can make a move: a duty, in one agency or (agency "") in any.
type Who struct {
	Duty   city.Duty // "" for the program
	Agency city.AgencyID
}

// Error is the refusal for logs.
func (r *Refusal) Error() string { return "casework: " + string(r.Guard) + ": " + r.Text.EN }

// Unwrap is the *city.Error that gives the kind.
func (r *Refusal) Unwrap() error {
	return &city.Error{Kind: r.kind, Op: "casework", Field: r.field, Detail: r.Text.EN}
}

// Named is the refusal with agencies called by their names instead of their ids.
func (r *Refusal) Named(name func(city.AgencyID) city.Names) *Refusal {
	out := *r
	out.Text = fill(r.form, r.Agencies, name)
	return &out
}

// refuse makes a refusal. A %s in the texts stands for the agencies.
func refuse(kind city.ErrorKind, g Guard, text city.Names, agencies ...city.AgencyID) *Refusal {
	return &Refusal{Guard: g, kind: kind, form: text, Agencies: agencies, Text: fill(text, agencies, byID)}
}

// lacking refuses a command that lacks or garbles a field.
func lacking(field string, g Guard, text city.Names) *Refusal {
	r := refuse(city.Invalid, g, text)
	r.field = field
	return r
}

func byID(a city.AgencyID) city.Names { return city.Names{ZH: string(a), EN: string(a)} }

func fill(form city.Names, agencies []city.AgencyID, name func(city.AgencyID) city.Names) city.Names {
	if len(agencies) == 0 {
		return form
	}
	var zh, en []string
	for _, a := range agencies {
		n := name(a)
		zh, en = append(zh, n.In("zh")), append(en, n.In("en"))
	}
	return city.Names{
		ZH: strings.Replace(form.ZH, "%s", strings.Join(zh, "、"), 1),
		EN: strings.Replace(form.EN, "%s", strings.Join(en, ", "), 1),
	}
}

// since is the refusal of a stale version with the moves made meanwhile.
func (r *Refusal) since(moves []StoredMove) *Refusal {
	var zh, en []string
	for i := range moves {
		n := VerbNames[moves[i].Verb]
		zh, en = append(zh, n.ZH), append(en, n.EN)
	}
	out := *r
	out.Changes = moves
	if len(moves) > 0 {
		out.Text = city.Names{ZH: r.Text.ZH + "：" + strings.Join(zh, "、"), EN: r.Text.EN + ": " + strings.Join(en, ", ")}
		out.form = out.Text
	}
	return &out
}
