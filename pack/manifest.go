package pack

import (
	"path/filepath"
	"slices"

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// manifest is the form of pack.yaml.
type manifest struct {
	strictyaml.Pos
	Name        string        `yaml:"name,required"`
	Version     string        `yaml:"version,required"`
	Title       catalog.Text  `yaml:"title,required"`
	Description catalog.Text  `yaml:"description,required"`
	Purpose     catalog.Text  `yaml:"purpose,required"`
	Needs       manifestNeeds `yaml:"needs,required"`
	Gives       manifestGives `yaml:"gives,required"`
}

type manifestNeeds struct {
	strictyaml.Pos
	Roles  []string    `yaml:"roles,required"`
	Fields []fieldNeed `yaml:"fields,required"`
}

type fieldNeed struct {
	strictyaml.Pos
	Type       string   `yaml:"type,required"`
	Attributes []string `yaml:"attributes,required"`
}

type manifestGives struct {
	strictyaml.Pos
	Situations []string                `yaml:"situations,required"`
	Reasons    map[string]catalog.Text `yaml:"reasons"`
}

// check reports what is wrong in pack.yaml alone; dir is the folder it lies in.
func (m *manifest) check(dir string) city.Faults {
	fs := append(m.Title.Check(), m.Description.Check()...)
	fs = append(fs, m.Purpose.Check()...)
	if m.Has("name") && !catalog.IsIdentifier(m.Name) {
		fs = append(fs, m.Fault("name", "bad-name", catalog.IdentifierHint, "the pack name %q is not a name", m.Name))
	} else if folder := folderName(dir); m.Name != "" && m.Name != folder {
		fs = append(fs, m.Fault("name", "name-of-folder", "rename one of them", "the pack is named %s but its folder %s", m.Name, folder))
	}
	if m.Has("version") && !catalog.IsVersion(m.Version) {
		fs = append(fs, m.Fault("version", "bad-version", "three numbers, such as 1.0.0", "the version %q is not a version", m.Version))
	}
	for i, role := range m.Needs.Roles {
		if !catalog.IsIdentifier(role) {
			fs = append(fs, m.Needs.Fault("roles", "bad-name", catalog.IdentifierHint, "the role %q is not a name", role))
		} else if slices.Contains(m.Needs.Roles[:i], role) {
			fs = append(fs, m.Needs.Fault("roles", "repeated-role", "", "the role %s is written twice", role))
		}
	}
	return fs
}

func folderName(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return filepath.Base(dir)
	}
	return filepath.Base(abs)
}

// checkNeeds reports fields needed that the pack's standards do not describe.
func (m *manifest) checkNeeds(p *Pack) city.Faults {
	var fs city.Faults
	for i := range m.Needs.Fields {
		need := &m.Needs.Fields[i]
		if need.Type == "" {
			continue
		}
		std := p.Standard(city.EntityType(need.Type))
		if std == nil {
			if p.unread[city.EntityType(need.Type)] {
				continue // said of its file
			}
			fs = append(fs, need.Fault("type", "unknown-type", p.typeHint(need.Type), "the pack has no standard for %s", need.Type))
			continue
		}
		for _, a := range need.Attributes {
			if std.Field(city.AttributeName(a)) == nil {
				fs = append(fs, need.Fault("attributes", "unknown-attribute", std.FieldHint(a), "%s has no field %s", need.Type, a))
			}
		}
	}
	return fs
}

// checkGives compares the situations promised with the rules there are; all says
// that no rule's name is missing in the list.
func (m *manifest) checkGives(rules []string, all bool) city.Faults {
	var fs city.Faults
	for i, s := range m.Gives.Situations {
		if slices.Contains(m.Gives.Situations[:i], s) {
			fs = append(fs, m.Gives.Fault("situations", "repeated-situation", "", "the situation %s is written twice", s))
		} else if all && !slices.Contains(rules, s) {
			fs = append(fs, m.Gives.Fault("situations", "no-such-rule", "write the rule in rules/, or remove it here", "no rule gives the situation %s", s))
		}
	}
	for _, r := range rules {
		if !slices.Contains(m.Gives.Situations, r) {
			fs = append(fs, m.Gives.Fault("situations", "unlisted-situation", "add it to gives.situations", "the rule %s gives a situation that is not listed", r))
		}
	}
	return fs
}

func (m *manifest) fields() []FieldNeed {
	var out []FieldNeed
	for _, f := range m.Needs.Fields {
		need := FieldNeed{Type: city.EntityType(f.Type)}
		for _, a := range f.Attributes {
			need.Attributes = append(need.Attributes, city.AttributeName(a))
		}
		out = append(out, need)
	}
	return out
}
