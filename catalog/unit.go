package catalog

import (
	"sort"
	"strings"

	"citybrain/city"
)

// unitSymbols is the part of UN/CEFACT Recommendation 20 that data standards
// may use: common code → symbol.
var unitSymbols = map[city.Unit]string{
	"C62": "1",
	"P1":  "%",
	"59":  "ppm",

	"MMT": "mm", "CMT": "cm", "MTR": "m", "KMT": "km",
	"MTK": "m²", "HAR": "ha", "KMK": "km²",
	"LTR": "l", "MTQ": "m³",
	"DD": "°",

	"C26": "ms", "SEC": "s", "MIN": "min", "HUR": "h", "DAY": "d",

	"MTS": "m/s", "KMH": "km/h",
	"MQS": "m³/s", "MQH": "m³/h",
	"H67": "mm/h",

	"MGM": "mg", "GRM": "g", "KGM": "kg", "TNE": "t",
	"GP": "mg/m³", "GQ": "µg/m³",

	"CEL": "°C", "KEL": "K",
	"PAL": "Pa", "A97": "hPa", "KPA": "kPa",

	"WTT": "W", "KWT": "kW", "MAW": "MW",
	"WHR": "Wh", "KWH": "kWh", "MWH": "MWh",
	"VLT": "V", "AMP": "A", "HTZ": "Hz",
	"LUX": "lx", "2N": "dB",
}

// UnitSymbol is the symbol that people read for a unit, such as "km/h" for KMH,
// and whether the unit is one that a standard may use.
func UnitSymbol(u city.Unit) (string, bool) {
	s, ok := unitSymbols[u]
	return s, ok
}

func unitHint() string {
	codes := make([]string, 0, len(unitSymbols))
	for u := range unitSymbols {
		codes = append(codes, string(u))
	}
	sort.Strings(codes)
	return "UN/CEFACT common codes known here: " + strings.Join(codes, ", ")
}
