// Package strictyaml decodes YAML files that users write and reports every
// mistake at once, each with its line: unknown keys, wrong types, missing and
// repeated keys.
//
// Structs name their keys by the tag `yaml:"name"`; `yaml:"name,required"`
// makes a key compulsory. A field of type Pos (embedded, without tag) receives
// the lines. YAML 1.2 through go.yaml.in/yaml/v3; anchors are allowed, merge
// keys are not.
package strictyaml
