package mapping

import (
	"bytes"
	"math"
	"strconv"
)

// powers of ten that a float64 holds exactly.
var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// parseNumber reads a decimal number, spaces around it allowed. It refuses what
// a city's reading cannot be: infinities, NaN, hexadecimal, overflow.
func parseNumber(b []byte) (float64, bool) {
	if v, ok := shortNumber(b); ok {
		return v, true
	}
	return longNumber(bytes.TrimSpace(b))
}

// shortNumber reads [-]digits[.digits] with at most 15 digits, where dividing
// the digits by a power of ten rounds once and is therefore exact.
func shortNumber(b []byte) (float64, bool) {
	i, negative := 0, false
	if len(b) > 0 && b[0] == '-' {
		negative, i = true, 1
	}
	if len(b)-i > 16 || i == len(b) {
		return 0, false
	}
	var digits int64
	count, point := 0, -1
	for ; i < len(b); i++ {
		if d := b[i] - '0'; d <= 9 {
			digits = digits*10 + int64(d)
			count++
			continue
		}
		if b[i] != '.' || point >= 0 {
			return 0, false
		}
		point = count
	}
	if count == 0 || count > 15 {
		return 0, false
	}
	v := float64(digits)
	if point >= 0 {
		v /= powers[count-point]
	}
	if negative {
		v = -v
	}
	return v, true
}

func longNumber(b []byte) (float64, bool) {
	for _, c := range b {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, false
	}
	return v, true
}
