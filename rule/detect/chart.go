package detect

import (
	"math"

	"citybrain/city"
)

// chart is EWMA or CUSUM with the target and sigma that it stands on.
type chart struct {
	kind   Kind
	window int

	learning      welford
	learned       bool
	target, sigma float64      // if learned
	since         city.Instant // when they were learned

	n     int     // readings charted; the figures below stand from 1 on
	mean  float64 // EWMA: z of the source
	decay float64 // EWMA: (1 − λ)^2n
	above float64 // CUSUM: C+ of the source, in sigmas
	below float64 // CUSUM: C−, in sigmas
}

func (c *chart) begin(s *Shape) { c.window = s.Window }

func (c *chart) fits(s *Shape) bool { return s.Kind == c.kind && s.Window == c.window }

// level is the target and sigma: those of the rule, or those learned.
func (c *chart) level(s *Shape) (target, sigma float64, known bool) {
	if s.Sigma > 0 {
		return s.Target, s.Sigma, true
	}
	return c.target, c.sigma, c.learned
}

func (c *chart) add(s *Shape, at city.Instant, v float64) {
	target, sigma, known := c.level(s)
	if s.Sigma == 0 && (!known || s.Relearn > 0 && at.Sub(c.since) >= s.Relearn) {
		if c.learn(at, v); !known || c.n == 0 {
			return
		}
	}
	if c.n == 0 {
		c.mean, c.decay, c.above, c.below = target, 1, 0, 0
	}
	c.n++
	if c.kind == EWMA {
		c.mean = float64(s.Lambda*v) + float64((1-s.Lambda)*c.mean)
		c.decay *= float64((1 - s.Lambda) * (1 - s.Lambda))
		return
	}
	z := scored(v-target, sigma, s.MinSpread)
	c.above = min(max(0, c.above+z-s.K), 2*s.H)
	c.below = min(max(0, c.below-z-s.K), 2*s.H)
}

// learn takes one more reading to learn from. After the last one the chart
// begins anew, with the next reading.
func (c *chart) learn(at city.Instant, v float64) {
	c.learning.add(v)
	if c.learning.n < c.window {
		return
	}
	c.target, c.sigma, c.learned, c.since = c.learning.mean, c.learning.sd(), true, at
	c.learning, c.n = welford{}, 0
}

func (c *chart) value(s *Shape, _ city.Instant) (float64, bool) {
	target, sigma, known := c.level(s)
	switch {
	case !known || c.n == 0:
		return 0, false
	case c.kind == EWMA:
		shrink := math.Sqrt(s.Lambda / (2 - s.Lambda) * (1 - c.decay))
		return scored(c.mean-target, shrink*max(sigma, s.MinSpread), 0), true
	case c.below > c.above:
		return -c.below, true
	default:
		return c.above, true
	}
}

func (c *chart) expected(s *Shape, _ city.Instant) (value, spread float64, known bool) {
	return c.level(s)
}

func (c *chart) append(b []byte) []byte {
	b = appendInt(b, c.window)
	b = appendInt(b, c.learning.n)
	b = appendFloat(appendFloat(b, c.learning.mean), c.learning.m2)
	b = appendSigned(b, int64(c.since))
	b = appendOutcome(b, c.learned, c.target, c.sigma)
	b = appendInt(b, c.n)
	return appendOutcome(b, c.n > 0, c.mean, c.decay, c.above, c.below)
}

func (c *chart) parse(p *reader) {
	c.window = p.upTo(2, 100000)
	c.learning = welford{p.upTo(0, c.window-1), p.float(), p.float()}
	c.since = p.instant()
	c.learned = p.outcome(&c.target, &c.sigma)
	c.n = p.upTo(0, math.MaxInt)
	if charted := p.outcome(&c.mean, &c.decay, &c.above, &c.below); charted != (c.n > 0) {
		p.fail()
	}
	p.score(c.above / 2) // the sums stop at twice h, which is at most MaxScore
	p.score(c.below / 2)
	if !(min(c.sigma, c.learning.m2, c.decay, c.above, c.below) >= 0 && c.decay <= 1) {
		p.fail()
	}
}
