package citybench

import (
	"fmt"
	"path/filepath"
	"strings"

	"citybrain/city"
)

func (d *Dataset) loadSegments(dir string) error {
	rows, err := table(filepath.Join(dir, "aarhus", "traffic_sensors.csv"))
	if err != nil {
		return err
	}
	for _, row := range rows {
		var s segment
		if s.length, err = number(row["DISTANCE_IN_METERS"]); err != nil {
			return err
		}
		if s.from, err = pointOf(row["POINT_1_LNG"], row["POINT_1_LAT"]); err != nil {
			return err
		}
		if s.to, err = pointOf(row["POINT_2_LNG"], row["POINT_2_LAT"]); err != nil {
			return err
		}
		d.segments[row["REPORT_ID"]] = s
	}
	return nil
}

// journeys are the segments of the journey that Q1 and Q3 ask about.
var journeys = map[string]string{"182955": "j1", "158505": "j1"}

func (d *Dataset) loadTraffic(dir string) error {
	for _, id := range []string{Traffic182955, Traffic158505, Traffic192707, Traffic186979} {
		_, report, _ := strings.Cut(id, "-")
		columns, rows, err := lines(filepath.Join(dir, "citybench", "traffic_"+report+".csv.gz"), true, 1, nil)
		if err != nil {
			return err
		}
		f, err := fieldsOf(columns, "vehicleCount", "avgSpeed")
		if err != nil {
			return err
		}
		entity := city.EntityID("RoadSegment:" + report)
		d.Streams = append(d.Streams, &Stream{ID: id, Entity: entity, Type: "RoadSegment", First: 1, Rows: rows,
			parse: observed(f, "vehicleCount", "averageVehicleSpeed")})
		s, known := d.segments[report]
		if !known || s.length == 0 {
			return fmt.Errorf("segment %s has no length in traffic_sensors.csv", report)
		}
		d.reference("RoadSegment", entity, fixed("location", city.GeoOf(city.LinePlace(s.from, s.to))), fixed("length", city.NumberOf(s.length)),
			fixed("segment", city.TextOf(report)), fixed("journey", city.TextOf(journeys[report])), fixed("region", city.TextOf("aarhus")),
			fixed("startLatitude", city.NumberOf(s.from.Lat)), fixed("startLongitude", city.NumberOf(s.from.Lon)))
	}
	return nil
}

func (d *Dataset) loadPollution(dir string) error {
	for _, id := range []string{Pollution201399, Pollution184892} {
		_, sensor, _ := strings.Cut(id, "-")
		columns, rows, err := lines(filepath.Join(dir, "citybench", "pollution_synthetic_"+sensor+".csv.gz"), true, 1, nil)
		if err != nil {
			return err
		}
		f, err := fieldsOf(columns, "ozone", "particullate_matter", "carbon_monoxide", "sulfure_dioxide", "nitrogen_dioxide")
		if err != nil {
			return err
		}
		entity := city.EntityID("AirQualityObserved:" + sensor)
		d.Streams = append(d.Streams, &Stream{ID: id, Entity: entity, Type: "AirQualityObserved", First: 1, Rows: rows,
			parse: observed(f, "o3", "pm10", "co", "so2", "no2")})
		d.reference("AirQualityObserved", entity, fixed("pair", city.TextOf("p1")), fixed("sensor", city.TextOf(sensor)))
	}
	return nil
}

func (d *Dataset) loadGarages(dir string) error {
	places := map[string]city.Point{}
	rows, err := table(filepath.Join(dir, "aarhus", "garages.csv"))
	if err != nil {
		return err
	}
	for _, row := range rows {
		if places[row["garagecode"]], err = pointOf(row["longitude"], row["latitude"]); err != nil {
			return err
		}
	}
	for _, id := range []string{Kalkvaerksvej, Skolebakken} {
		_, garage, _ := strings.Cut(id, "-")
		columns, rows, err := lines(filepath.Join(dir, "aarhus", "parking.csv.gz"), true, d.garageRow,
			func(row string) bool { return strings.Contains(row, ","+garage+",") })
		if err != nil {
			return err
		}
		f, err := fieldsOf(columns, "vehiclecount", "totalspaces")
		if err != nil {
			return err
		}
		entity := city.EntityID("OffStreetParking:" + garage)
		d.Streams = append(d.Streams, &Stream{ID: id, Entity: entity, Type: "OffStreetParking", First: d.garageRow, Rows: rows, parse: free(f)})
		d.reference("OffStreetParking", entity, fixed("location", city.GeoOf(city.PointPlace(places[garage]))),
			fixed("pair", city.TextOf("g1")), fixed("garage", city.TextOf(garage)))
	}
	return nil
}

// free gives the free places as CityBench does: all less the cars in them.
func free(f fields) parser {
	return func(row string) ([]city.Attribute, error) {
		v, err := f.numbers(row)
		if err != nil {
			return nil, err
		}
		return []city.Attribute{{Name: "availableSpotNumber", Value: city.NumberOf(v[1] - v[0])}}, nil
	}
}

// regions says for what a weather station stands: only one does.
var regions = map[string]string{Weather: "aarhus"}

func (d *Dataset) loadWeather(dir string) error {
	columns, rows, err := lines(filepath.Join(dir, "aarhus", "weather.csv"), true, 1, nil)
	if err != nil {
		return err
	}
	f, err := fieldsOf(columns, "tempm", "hum", "wspdm")
	if err != nil {
		return err
	}
	sound := rows[:0]
	for _, row := range rows {
		if _, err := f.numbers(row); err == nil { // one row of the file is empty
			sound = append(sound, row)
		}
	}
	for _, id := range []string{Weather, QuietWeather} {
		entity := city.EntityID("WeatherObserved:" + id)
		d.Streams = append(d.Streams, &Stream{ID: id, Entity: entity, Type: "WeatherObserved", First: 1, Rows: sound,
			parse: observed(f, "temperature", "relativeHumidity", "windSpeed")})
		d.reference("WeatherObserved", entity, fixed("region", city.TextOf(regions[id])), fixed("station", city.TextOf(id)))
	}
	return nil
}

func (d *Dataset) loadWalker(dir string) error {
	_, rows, err := lines(filepath.Join(dir, "citybench", "user_location.txt"), false, 1, nil)
	if err != nil {
		return err
	}
	d.Streams = append(d.Streams, &Stream{ID: Walker, Entity: "Walker:007", Type: "Walker", First: 1, Rows: rows, parse: position})
	d.reference("Walker", "Walker:007", fixed("garage", city.TextOf("KALKVAERKSVEJ")))
	return nil
}

// position reads "user|latitude,longitude".
func position(row string) ([]city.Attribute, error) {
	_, text, _ := strings.Cut(row, "|")
	lat, lon, found := strings.Cut(text, ",")
	if !found {
		return nil, fmt.Errorf("%q is no position", row)
	}
	p, err := pointOf(lon, lat)
	if err != nil {
		return nil, err
	}
	return []city.Attribute{
		{Name: "location", Value: city.GeoOf(city.PointPlace(p))},
		{Name: "latitude", Value: city.NumberOf(p.Lat)},
		{Name: "longitude", Value: city.NumberOf(p.Lon)},
	}, nil
}
