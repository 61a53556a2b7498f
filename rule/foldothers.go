package rule

import (
	"math"
	"slices"

	"citybrain/city"
	"citybrain/rule/window"
)

func (l *letRun) foldOthers(v *letValue) {
	found := l.others.found
	switch l.fold {
	case window.Count:
		v.num, v.kind = float64(len(found)), city.Number
		return
	case window.Distinct:
		v.num, v.kind = float64(l.distinct(found)), city.Number
		return
	case window.Sum:
		v.kind = city.Number
	}
	if len(found) == 0 {
		return
	}
	if l.fold == window.First || l.fold == window.Last {
		c := l.outermost(found)
		v.num, v.text, v.kind = c.num, c.text, l.kind
		return
	}
	nums := make([]float64, len(found))
	for i := range found {
		nums[i] = found[i].num
	}
	slices.Sort(nums) // so that sums do not depend on the order in which entities were found
	v.num, v.kind = foldSorted(l.fold, l.q, nums), city.Number
}

func (l *letRun) distinct(found []candidate) int {
	seen := map[candidate]bool{}
	for i := range found {
		seen[candidate{num: found[i].num, text: found[i].text}] = true
	}
	return len(seen)
}

// outermost is the candidate that was observed first or last; of several at one
// instant the one with the least id.
func (l *letRun) outermost(found []candidate) *candidate {
	best := &found[0]
	for i := range found {
		c := &found[i]
		a, b := l.observed(c.of), l.observed(best.of)
		if l.fold == window.Last {
			a, b = b, a
		}
		if a < b || a == b && c.of.id < best.of.id {
			best = c
		}
	}
	return best
}

// observed is when what is read of y was observed last.
func (l *letRun) observed(y *entity) city.Instant {
	at := never
	for _, b := range l.at {
		if b.sort == refAttribute {
			at = max(at, y.cells[b.slot].at)
		}
	}
	return at
}

func foldSorted(fold window.Fold, q float64, nums []float64) float64 {
	n := float64(len(nums))
	sum := 0.0
	for _, v := range nums {
		sum += v
	}
	switch fold {
	case window.Min:
		return nums[0]
	case window.Max:
		return nums[len(nums)-1]
	case window.Median:
		return quantile(nums, 0.5)
	case window.Quantile:
		return quantile(nums, q)
	case window.Avg:
		return sum / n
	case window.StdDev:
		mean, squares := sum/n, 0.0
		for _, v := range nums {
			squares += (v - mean) * (v - mean)
		}
		return math.Sqrt(squares / n)
	}
	return sum
}

// quantile is definition 7 of Hyndman and Fan, as in package window.
func quantile(nums []float64, q float64) float64 {
	at := q * float64(len(nums)-1)
	low := int(at)
	if low+1 >= len(nums) {
		return nums[len(nums)-1]
	}
	return nums[low] + (at-float64(low))*(nums[low+1]-nums[low])
}
