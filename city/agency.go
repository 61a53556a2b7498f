package city

// Agency is an office of the city that owns sources and works on cases.
type Agency struct {
	ID    AgencyID
	Name  Names
	Roles []string // what packs ask for, such as "road-authority"
}

// Names is a text in the languages of the console.
type Names struct{ ZH, EN string }

// In is the text in a language ("zh" or "en"), or the other where it is missing.
func (n Names) In(lang string) string {
	if lang == "zh" && n.ZH != "" || n.EN == "" {
		return n.ZH
	}
	return n.EN
}

// Grade is the sensitivity of a field (数据分级): general data in four levels.
type Grade uint8

// The grades, the stricter the higher.
const (
	L1 Grade = iota + 1 // open
	L2                  // limited
	L3                  // sensitive
	L4                  // not shared
)

// String is L1 to L4.
func (g Grade) String() string {
	if g < L1 || g > L4 {
		return ""
	}
	return [...]string{"L1", "L2", "L3", "L4"}[g-1]
}

// GradeOf is the grade with a name, or 0.
func GradeOf(name string) Grade {
	for g := L1; g <= L4; g++ {
		if g.String() == name {
			return g
		}
	}
	return 0
}
