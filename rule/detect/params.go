package detect

// Param describes one parameter of a detector for manuals, schemas and
// checks. Name is its key in a rule.
type Param struct {
	Name      string
	Default   string  // as a rule would write it; "" where there is none
	Low, High float64 // both allowed; of parameters that are plain numbers
	Text      string
	Source    string
}

// about is what a detector is and where it was published.
var about = map[Kind][2]string{
	RobustZ:    {"how far a reading lies from the median of the readings before it, in robust standard deviations", "B. Iglewicz, D. C. Hoaglin, How to Detect and Handle Outliers, ASQC 1993; NIST/SEMATECH e-Handbook 1.3.5.17"},
	Seasonal:   {"how far a reading lies from what was usual in this slot in past seasons, in robust standard deviations", "the modified z-score of Iglewicz & Hoaglin 1993 over the same slot of past seasons; R. J. Hyndman, G. Athanasopoulos, Forecasting: Principles and Practice, 3rd ed. 2021, 5.2 (seasonal naive)"},
	EWMA:       {"how far the exponentially weighted moving average lies from the target, in its standard deviations", "S. W. Roberts, Technometrics 1 (1959) 239-250; NIST/SEMATECH e-Handbook 6.3.2.4"},
	CUSUM:      {"the larger of the two sums of what readings lie above or below the target, in standard deviations; negative for below", "E. S. Page, Biometrika 41 (1954) 100-115; D. C. Montgomery, Introduction to Statistical Quality Control, 6th ed. 2009, eqs. 9.2 and 9.3; NIST/SEMATECH e-Handbook 6.3.2.3"},
	LevelShift: {"how surely the level of the window changed at one point of it; positive for up", "A. N. Pettitt, Applied Statistics 28 (1979) 126-135"},
	EarsC1:     {"how far the period's count lies above the mean of the seven periods before it, in standard deviations", earsSource},
	EarsC2:     {"the same with two periods left out between baseline and now, so that a slow rise is not in its own baseline", earsSource},
	EarsC3:     {"the sum over three periods of what C2 exceeds 1 by", earsSource},
}

const earsSource = "L. Hutwagner, W. Thompson, G. M. Seeman, T. Treadwell, Journal of Urban Health 80 (2003) Suppl. 1, i89-i96"

// About says what the score of k is, and where it was published.
func About(k Kind) (text, source string) { return about[k][0], about[k][1] }

const huge = 1e100

// Params are the parameters of k in the order of the manual.
func Params(k Kind) []Param {
	switch {
	case k == RobustZ || k == LevelShift:
		return windowParams(k)
	case k == Seasonal:
		return seasonalParams
	case k == EWMA:
		return append([]Param{
			{"lambda", "0.2", 0.001, 1, "the weight of the newest reading", "NIST/SEMATECH e-Handbook 6.3.2.4: usually 0.2 to 0.3 (Hunter 1986)"},
			limit("3", about[EWMA][1]),
		}, chartParams...)
	case k == CUSUM:
		return append([]Param{
			{"k", "0.5", 0.001, 100, "the allowance in standard deviations: half the shift that is to be found", "Montgomery 2009, section 9.1.3"},
			{"h", "5", 0.001, 1e6, "the decision interval in standard deviations; the sums stop at twice it", "Montgomery 2009, section 9.1.3: 4 or 5"},
		}, chartParams...)
	case k.Counts():
		return earsParams(k)
	}
	return nil
}

func limit(value, source string) Param {
	return Param{"limit", value, 0.001, MaxScore, "the score beyond which it is an alarm", source}
}

func windowParams(k Kind) []Param {
	if k == RobustZ {
		return []Param{
			{"window", "60", 3, 1000, "how many readings before the newest make the history", ""},
			{"min", "20", 3, 1000, "how many of them must be there", ""},
			minSpread("0", ""),
			limit("3.5", about[RobustZ][1]),
		}
	}
	return []Param{
		{"window", "60", 8, 500, "how many readings, the newest among them, are looked at", ""},
		{"min", "20", 8, 500, "how many must be there", ""},
		limit("2.3", "Pettitt 1979: p = 2·exp(−score²), so 2.30 is p = 0.01 and 1.92 is p = 0.05"),
	}
}

func minSpread(value, source string) Param {
	return Param{"min-spread", value, 0, huge, "the least spread that a score divides by, in the unit of the values", source}
}

var seasonalParams = []Param{
	{Name: "season", Default: "week", Text: "what comes again: day, weekday (working days and weekends apart) or week"},
	{Name: "slot", Default: "1h", Text: "the width of a slot, 1m to 24h; a day is a whole number of them"},
	{"seasons", "4 weeks, 14 days, 10 days of weekday", 1, 366, "how many past seasons count", ""},
	{"min", "3, or half of seasons if that is more", 1, 366, "in how many of them the slot must have had a reading", ""},
	{Name: "fold", Default: "median", Text: "how past seasons become the expected value: median, avg, quantile, or mad (median absolute deviation)"},
	{Name: "q", Default: "0.9", Text: "which quantile, above 0 to 1; for fold quantile only", Source: "R. J. Hyndman, Y. Fan, The American Statistician 50 (1996) 361-365, definition 7"},
	minSpread("0", ""),
	limit("3.5", "Iglewicz & Hoaglin 1993"),
}

var chartParams = []Param{
	{"window", "25", 2, 100000, "from how many readings target and sigma are learned", "Montgomery 2009, chapter 6: 20 to 25 at least"},
	{"target", "learned", -huge, huge, "the level that is in order, if it is known (with sigma)", ""},
	{"sigma", "learned", 0, huge, "the standard deviation in order, if it is known", ""},
	{Name: "relearn", Default: "never", Text: "after how long to learn anew"},
	minSpread("0", ""),
}

func earsParams(k Kind) []Param {
	level := limit("3", earsSource)
	if k == EarsC3 {
		level = limit("2", earsSource)
	}
	return []Param{
		{Name: "period", Default: "24h", Text: "what is counted over: whole local days, or a part of a day that divides it"},
		{"window", "7", 3, 100, "how many periods make the baseline", earsSource},
		minSpread("0.5", "H. Burkom, in the manual of earsC of the R package surveillance: 0.5 or 1 for sparse counts"),
		level,
	}
}
