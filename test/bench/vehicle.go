package bench

import (
	"strconv"
	"time"

	"citybrain/test/driver"
)

// The thing that load moves around: an entity of five attributes, four of them
// observed, one with a place.
const (
	vehicleType   = "Vehicle"
	vehiclePrefix = "urn:ngsi-ld:Vehicle:"
	attributes    = 5
	batchSize     = 100
	jamSpeed      = 2 // km/h; under the limit of the bench city's rule
	freeSpeed     = 50
)

// vehicle is what one request says about an entity.
type vehicle struct {
	number int
	speed  int
	lon    float64
	lat    float64
	at     time.Time
}

// somewhere puts vehicle n of a fleet on a grid of about 10 km.
func somewhere(n, turn int) (lon, lat float64) {
	return 10.1 + float64((n*7+turn)%1000)/5000, 56.1 + float64((n*13+turn)%1000)/10000
}

// appendTo appends v as a normalized NGSI-LD entity (clause 5.2.4).
func (v vehicle) appendTo(b []byte) []byte {
	b = append(b, `{"id":"`...)
	b = v.appendID(b)
	b = append(b, `","type":"`+vehicleType+`",`...)
	b = v.appendAttributes(b)
	return append(b, '}')
}

func (v vehicle) appendID(b []byte) []byte {
	b = append(b, vehiclePrefix...)
	return strconv.AppendInt(b, int64(v.number), 10)
}

func (v vehicle) appendAttributes(b []byte) []byte {
	b = append(b, `"speed":{"type":"Property","value":`...)
	b = strconv.AppendInt(b, int64(v.speed), 10)
	b = append(b, `,"unitCode":"KMH"`...)
	b = v.appendObserved(b)
	b = append(b, `,"heading":{"type":"Property","value":`...)
	b = strconv.AppendInt(b, int64(v.number*31%360), 10)
	b = append(b, `,"unitCode":"DD"`...)
	b = v.appendObserved(b)
	b = append(b, `,"fuelLevel":{"type":"Property","value":`...)
	b = strconv.AppendInt(b, int64(v.number%90+10), 10)
	b = append(b, `,"unitCode":"P1"`...)
	b = v.appendObserved(b)
	b = append(b, `,"serviceStatus":{"type":"Property","value":"onRoute"}`...)
	b = append(b, `,"location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[`...)
	b = strconv.AppendFloat(b, v.lon, 'f', 6, 64)
	b = append(b, ',')
	b = strconv.AppendFloat(b, v.lat, 'f', 6, 64)
	b = append(b, `]}`...)
	return v.appendObserved(b)
}

// appendObserved ends an attribute with its time.
func (v vehicle) appendObserved(b []byte) []byte {
	b = append(b, `,"observedAt":"`...)
	b = v.at.UTC().AppendFormat(b, "2006-01-02T15:04:05.000000Z")
	return append(b, `"}`...)
}

const batchTarget = "/ngsi-ld/v1/entityOperations/upsert?options=update"

// fleet is a range of vehicles and how far they have moved.
type fleet struct{ first, size, turn int }

// appendBatch appends the next batchSize vehicles of the fleet as one request.
func (f *fleet) appendBatch(dst []byte, body *[]byte, speed func(n int) int) []byte {
	return f.appendBatchAt(dst, body, time.Now(), speed)
}

// appendBatchAt is appendBatch with a time of observation.
func (f *fleet) appendBatchAt(dst []byte, body *[]byte, at time.Time, speed func(n int) int) []byte {
	b := append((*body)[:0], '[')
	for i := range batchSize {
		n := (f.turn*batchSize + i) % f.size
		v := vehicle{number: f.first + n, speed: speed(f.first + n), at: at}
		v.lon, v.lat = somewhere(v.number, f.turn)
		if i > 0 {
			b = append(b, ',')
		}
		b = v.appendTo(b)
	}
	f.turn++
	*body = append(b, ']')
	return driver.AppendRequest(dst, "POST", batchTarget, "application/json", *body)
}

func freely(int) int { return freeSpeed }

// create sends vehicles 0 to size−1 in batches over one connection.
func create(addr string, size int) error {
	c, err := driver.Dial(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	f := fleet{size: size}
	var request, body []byte
	for range (size + batchSize - 1) / batchSize {
		request = f.appendBatch(request[:0], &body, freely)
		a, err := c.Send(request)
		if err != nil {
			return err
		}
		if err := a.Err(201, 204); err != nil {
			return err
		}
	}
	return nil
}
