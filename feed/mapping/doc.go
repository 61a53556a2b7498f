// Package mapping turns the columns of a source into attributes of a data
// standard: names, kinds, units, time zone, coordinate system, id templates and
// relations. One YAML file describes one feed.
//
// Parse reads such a file, Compile checks it against the data standard of its
// type, Mapping.Bind fits it to the columns of one file, and Mapper.Map makes a
// city.Change of each row. Every row ends as exactly one change: an
// observation, a row outside the window, or a quarantined row that names the
// field and the rule.
//
// Units are UN/CEFACT Recommendation 20 codes. Zones are names of the IANA time
// zone database, which is linked in so that every machine reads local times
// alike.
package mapping
