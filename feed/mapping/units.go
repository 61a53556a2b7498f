package mapping

import "citybrain/city"

// unit is a UN/CEFACT common code in terms of its dimension's base unit:
// base = value × num / den + shift.
type unit struct {
	dimension       string
	num, den, shift float64
}

// units is the small part of Recommendation 20 that city data needs. Numerators
// and denominators are kept apart so that exact ratios stay exact.
var units = map[city.Unit]unit{
	"MTS": {"speed", 1, 1, 0}, "KMH": {"speed", 1000, 3600, 0}, "KNT": {"speed", 1852, 3600, 0}, "HM": {"speed", 1609.344, 3600, 0},
	"MTR": {"length", 1, 1, 0}, "KMT": {"length", 1000, 1, 0}, "CMT": {"length", 1, 100, 0}, "MMT": {"length", 1, 1000, 0},
	"FOT": {"length", 0.3048, 1, 0}, "SMI": {"length", 1609.344, 1, 0},
	"KEL": {"temperature", 1, 1, 0}, "CEL": {"temperature", 1, 1, 273.15}, "FAH": {"temperature", 5, 9, 273.15 - 32*5.0/9},
	"C62": {"ratio", 1, 1, 0}, "P1": {"ratio", 1, 100, 0}, "59": {"ratio", 1, 1e6, 0},
	"SEC": {"time", 1, 1, 0}, "MIN": {"time", 60, 1, 0}, "HUR": {"time", 3600, 1, 0}, "DAY": {"time", 86400, 1, 0}, "C26": {"time", 1, 1000, 0},
	"GRM": {"mass", 1, 1000, 0}, "KGM": {"mass", 1, 1, 0}, "TNE": {"mass", 1000, 1, 0},
	"PAL": {"pressure", 1, 1, 0}, "A97": {"pressure", 100, 1, 0}, "KPA": {"pressure", 1000, 1, 0}, "BAR": {"pressure", 1e5, 1, 0},
	"MTQ": {"volume", 1, 1, 0}, "LTR": {"volume", 1, 1000, 0},
	"MQH": {"flow", 1, 3600, 0}, "MQS": {"flow", 1, 1, 0}, "L2": {"flow", 1, 60000, 0},
	"WTT": {"power", 1, 1, 0}, "KWT": {"power", 1000, 1, 0}, "MAW": {"power", 1e6, 1, 0},
	"WHR": {"energy", 3600, 1, 0}, "KWH": {"energy", 3.6e6, 1, 0}, "JOU": {"energy", 1, 1, 0},
	"GQ": {"concentration", 1, 1e9, 0}, "GP": {"concentration", 1, 1e6, 0},
	"DD": {"angle", 1, 1, 0}, "2N": {"sound", 1, 1, 0}, "LUX": {"light", 1, 1, 0},
	"VLT": {"voltage", 1, 1, 0}, "AMP": {"current", 1, 1, 0},
}

// conversion is value × scale + shift; the zero conversion changes nothing.
type conversion struct {
	scale, shift float64
	on           bool
}

func (c conversion) apply(v float64) float64 {
	if !c.on {
		return v
	}
	return v*c.scale + c.shift
}

// conversionOf converts from one unit to another. A code outside the table
// converts to itself only.
func conversionOf(from, to city.Unit) (conversion, bool) {
	if from == to {
		return conversion{}, true
	}
	f, ok := units[from]
	t, ok2 := units[to]
	if !ok || !ok2 || f.dimension != t.dimension {
		return conversion{}, false
	}
	return conversion{
		scale: f.num * t.den / (f.den * t.num),
		shift: (f.shift - t.shift) * t.den / t.num,
		on:    true,
	}, true
}
