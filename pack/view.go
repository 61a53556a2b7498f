package pack

import (
	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// View is what a map of the city shows at first.
type View struct {
	Center    city.Point
	Zoom      float64    // web-map zoom, 0 the world to 22 a room
	Low, High city.Point // the box that the map does not leave
}

type viewFile struct {
	strictyaml.Pos
	Center []float64   `yaml:"center,required"`
	Zoom   float64     `yaml:"zoom,required"`
	Bounds [][]float64 `yaml:"bounds,required"`
}

func (f *viewFile) parse() (View, city.Faults) {
	var fs city.Faults
	v := View{Zoom: f.Zoom}
	center, ok := pointOf(f.Center)
	if !ok && f.Has("center") {
		fs = append(fs, f.Fault("center", "bad-position", "[longitude, latitude] in degrees", "center is not a position"))
	}
	v.Center = center
	if f.Has("zoom") && !(f.Zoom >= 0 && f.Zoom <= 22) {
		fs = append(fs, f.Fault("zoom", "bad-zoom", "0 (the world) to 22", "zoom is %v", f.Zoom))
	}
	if !f.Has("bounds") {
		return v, fs
	}
	if len(f.Bounds) == 2 {
		var okLow, okHigh bool
		v.Low, okLow = pointOf(f.Bounds[0])
		v.High, okHigh = pointOf(f.Bounds[1])
		if okLow && okHigh && v.Low.Lon < v.High.Lon && v.Low.Lat < v.High.Lat {
			if ok && !v.contains(center) {
				fs = append(fs, f.Fault("center", "center-outside", "", "center lies outside bounds"))
			}
			return v, fs
		}
	}
	return v, append(fs, f.Fault("bounds", "bad-bounds", "[[west, south], [east, north]] in degrees", "bounds is not a box"))
}

func (v *View) contains(p city.Point) bool {
	return p.Lon >= v.Low.Lon && p.Lon <= v.High.Lon && p.Lat >= v.Low.Lat && p.Lat <= v.High.Lat
}

func pointOf(c []float64) (city.Point, bool) {
	if len(c) != 2 {
		return city.Point{}, false
	}
	p := city.Point{Lon: c[0], Lat: c[1]}
	return p, p.Valid()
}
