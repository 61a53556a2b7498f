package sim

import (
	"math"
	"time"

	"citybrain/city"
	"citybrain/sim/land"
)

// weather is rain as showers that cross the city, and the air.
type weather struct {
	dice    chance
	showers []shower
	gauges  []station
	masts   []station
	on      []float64 // mm/h on each segment
	mean    float64   // over the gauges
	cooled  float64   // degrees that rain has taken
	gusts   float64
}

// shower is one rain: it builds, peaks and fades, and moves with the wind.
type shower struct {
	begin  city.Instant
	length time.Duration
	peak   float64 // mm/h
	from   land.Vec
	drift  land.Vec // metres a second
	width  float64  // metres; at this distance from its middle 60 % of the rain
}

// station is a place that measures.
type station struct {
	id   city.EntityID
	key  string
	zh   string
	en   string
	at   land.Vec
	last []float64 // rain of the last hour, mm a stride
}

func newWeather(c *City) weather {
	w := weather{dice: c.chance("weather"), on: make([]float64, len(c.streets.segments))}
	for i, g := range []struct {
		zh, en string
		x, y   float64
	}{
		{"老城雨量站", "Old Town gauge", -0.5, 1.8}, {"西湖雨量站", "West Lake gauge", -2.9, 2.3}, {"高新雨量站", "Hi-tech gauge", 2.6, 2.7},
		{"北苑雨量站", "North Garden gauge", 0.6, 3.8}, {"新城雨量站", "New Town gauge", 0.2, -2.4}, {"大学城雨量站", "University gauge", -3.2, -2.3},
		{"港口雨量站", "Harbour gauge", 3.6, -2.6}, {"体育场雨量站", "Stadium gauge", -0.7, -3.9},
	} {
		key := "r" + string(rune('1'+i))
		w.gauges = append(w.gauges, station{id: urn("RainGauge", key), key: key, zh: g.zh, en: g.en, at: land.Spot(g.x, g.y)})
	}
	for i, m := range []struct {
		zh, en string
		x, y   float64
	}{{"市气象站", "City weather station", -0.9, 2.2}, {"江岸气象站", "River weather station", 1.2, -0.8}, {"港口气象站", "Harbour weather station", 4.6, -1.0}} {
		key := "w" + string(rune('1'+i))
		w.masts = append(w.masts, station{id: urn("WeatherObserved", key), key: key, zh: m.zh, en: m.en, at: land.Spot(m.x, m.y)})
	}
	return w
}

// rainDays is the chance of a thunderstorm on a day of each month, and drizzle
// that of light rain.
var (
	rainDays = [13]float64{0, .02, .03, .08, .15, .25, .5, .55, .5, .2, .08, .04, .02}
	drizzle  = 0.18
)

// planRain plans a day's rain.
func (c *City) planRain(day int) {
	d, start := c.onDay("rain", day), midnight(day)
	month := local(start).Month()
	own := !c.opts.Quiet && day == dayOf(c.opts.Start) // the programme brings its own
	if d.happens(rainDays[month]) && !own {
		c.weather.showers = append(c.weather.showers, d.storm(start.Add(time.Duration(d.between(12, 21)*float64(time.Hour)))))
	}
	if d.happens(drizzle) {
		c.weather.showers = append(c.weather.showers, shower{
			begin: start.Add(time.Duration(d.between(0, 20) * float64(time.Hour))), length: d.minutes(90, 300),
			peak: d.between(1.5, 7), width: 9000,
		})
	}
}

// storm is a thunderstorm that begins at an instant.
func (d chance) storm(at city.Instant) shower {
	length := d.minutes(50, 85)
	drift := land.Vec{X: d.between(0.5, 1.3), Y: d.between(-0.5, 0.5)}
	middle := land.Vec{X: d.between(-500, 600), Y: d.between(-900, 900)}
	return shower{
		begin: at, length: length, peak: d.between(58, 88), drift: drift, width: d.between(3200, 4200),
		from: middle.Sub(drift.Times(length.Seconds() * 0.45)),
	}
}

// at is the rain of a shower at a place, in mm/h: a steep rise, a long end.
func (s *shower) at(now city.Instant, place land.Vec) float64 {
	done := now.Sub(s.begin).Seconds() / s.length.Seconds()
	if done <= 0 || done >= 1 {
		return 0
	}
	curve := math.Pow(done/0.3, 1.6) * math.Exp(1.6*(1-done/0.3))
	gust := 1 + 0.13*math.Sin(done*41) + 0.08*math.Sin(done*97+2)
	away := place.Distance(s.from.Add(s.drift.Times(now.Sub(s.begin).Seconds()))) / s.width
	return s.peak * curve * gust * math.Exp(-away*away/2)
}

func (w *weather) rain(now city.Instant, place land.Vec) float64 {
	sum := 0.0
	for i := range w.showers {
		sum += w.showers[i].at(now, place)
	}
	return sum
}

// rainOn brings the weather of the stride.
func (c *City) rainOn() {
	w := &c.weather
	w.mean = 0
	for i := range w.gauges {
		g := &w.gauges[i]
		mm := w.rain(c.now, g.at)
		w.mean += mm / float64(len(w.gauges))
		g.last = append(g.last, mm*Stride.Hours())
		if n := int(time.Hour / Stride); len(g.last) > n {
			g.last = g.last[1:]
		}
	}
	w.cooled += (min(w.mean/8, 5.5) - w.cooled) * 0.012
	w.gusts += (min(w.mean*0.55, 38) - w.gusts) * 0.05
	if !c.every(time.Minute, 0) {
		return
	}
	for i := range w.on {
		w.on[i] = w.rain(c.now, c.streets.segments[i].middle())
	}
	for len(w.showers) > 0 && w.showers[0].begin.Add(w.showers[0].length+48*time.Hour) < c.now {
		w.showers = w.showers[1:]
	}
}

// lastMinutes is the mean rain of a gauge over the last minutes, in mm/h.
func (s *station) lastMinutes(n int) float64 {
	strides := min(n*int(time.Minute/Stride), len(s.last))
	sum := 0.0
	for _, mm := range s.last[len(s.last)-strides:] {
		sum += mm
	}
	return sum * 60 / float64(n)
}

func (s *station) lastHour() float64 {
	sum := 0.0
	for _, mm := range s.last {
		sum += mm
	}
	return sum
}

// air is temperature, humidity and wind without rain.
func (w *weather) air(now city.Instant) (celsius, humidity, wind float64) {
	day := math.Sin((clockOf(now) - 9) / 24 * 2 * math.Pi)
	season := math.Sin((float64(local(now).YearDay()) - 110) / 365 * 2 * math.Pi)
	celsius = 17 + 11*season + 4.2*day - w.cooled
	humidity = min(62-14*day+w.cooled*5.5, 99)
	return celsius, humidity, 9 + 4*day + w.gusts
}
