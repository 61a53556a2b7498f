package wire

import (
	"strconv"
	"time"

	"citybrain/city"
)

// ParseNumber reads a JSON number; false if it is beyond the range of float64.
// It does not check the syntax: raw comes from a Decoder.
func ParseNumber(raw []byte) (float64, bool) {
	if f, ok := shortNumber(raw); ok {
		return f, true
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	return f, err == nil
}

var powersOfTen = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16}

// shortNumber reads a number of up to 15 digits without an exponent. Both the
// digits and the power of ten are exact as float64, so their quotient is the
// nearest one.
func shortNumber(raw []byte) (float64, bool) {
	digits, negative := raw, false
	if len(raw) > 0 && raw[0] == '-' {
		digits, negative = raw[1:], true
	}
	if len(digits) == 0 || len(digits) > 16 {
		return 0, false
	}
	var n uint64
	point := -1
	for i, c := range digits {
		switch {
		case c >= '0' && c <= '9':
			n = n*10 + uint64(c-'0')
		case c == '.' && point < 0:
			point = i
		default:
			return 0, false
		}
	}
	if point < 0 && len(digits) > 15 {
		return 0, false
	}
	f := float64(n)
	if point >= 0 {
		f /= powersOfTen[len(digits)-1-point]
	}
	if negative {
		f = -f
	}
	return f, true
}

// ParseInstant reads the common form YYYY-MM-DDThh:mm:ss[.f…]Z with at most six
// digits behind the point; false where city.ParseInstant has to decide.
func ParseInstant(raw []byte) (city.Instant, bool) {
	n := len(raw)
	if n < 20 || n > 27 || raw[n-1] != 'Z' || raw[4] != '-' || raw[7] != '-' || raw[10] != 'T' || raw[13] != ':' || raw[16] != ':' {
		return 0, false
	}
	year, ok1 := digits(raw[0:4])
	month, ok2 := digits(raw[5:7])
	day, ok3 := digits(raw[8:10])
	hour, ok4 := digits(raw[11:13])
	minute, ok5 := digits(raw[14:16])
	second, ok6 := digits(raw[17:19])
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	micros := 0
	if n > 20 {
		var ok bool
		if micros, ok = digits(raw[20 : n-1]); !ok || raw[19] != '.' || n == 21 {
			return 0, false
		}
		for i := n - 21; i < 6; i++ {
			micros *= 10
		}
	}
	seconds := int64(civil(year, month, day))*86400 + int64(hour*3600+minute*60+second)
	i := city.Instant(seconds*1e6 + int64(micros))
	return i, i.Valid()
}

func digits(b []byte) (int, bool) {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// civil is the number of days from 1970-01-01 to a date of the Gregorian
// calendar, which begins its years in March here.
func civil(year, month, day int) int {
	if month <= 2 {
		year--
	}
	era := year / 400
	ofEra := year - era*400
	ofYear := (153*((month+9)%12)+2)/5 + day - 1
	return era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719468
}
