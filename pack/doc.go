// Package pack loads scenario packs and city definitions: folders of YAML files
// that hold everything particular to a scenario or a city.
//
// Load reads one pack, LoadCity a city with its enabled packs. Both check
// everything, also across files, and report every fault at once with file,
// line, rule and hint. What they return is immutable and holds compiled parts:
// data standards and quality rules (catalog/), mappings (feed/mapping), rules
// (rule/) and procedures (casework/). The forms of those files are defined there;
// the forms of pack.yaml, views, city.yaml, posts.yaml, calendar.yaml, areas.yaml
// and basemap.geojson here. docs/pack-authors.md explains them to those who write
// them.
package pack
