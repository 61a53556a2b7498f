// Package catalog holds what a city knows about its data: data standards
// (数据标准) with the unit, class and grade of each field, the agencies that own
// sources, and the quality rules of a city.
//
// Standards describe entity types of NGSI-LD (ETSI GS CIM 009) with the names
// of the Smart Data Models where they exist. Units are UN/CEFACT
// Recommendation 20 common codes. Grades are the four levels L1 to L4.
//
// Quality rules are compiled once and judge readings without reading a clock:
// (health, reading) → (health, flags). Who applies the answer is the writer of
// model/; who reads the files from a folder is pack/. What a situation makes of
// a faulty entity is a rule of a pack.
package catalog
