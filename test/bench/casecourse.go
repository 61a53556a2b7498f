package bench

import (
	"encoding/json"
	"fmt"
	"strconv"

	"citybrain/test/driver"
)

// The agencies of the town in a case: one leads, the other assists.
const (
	leadAgency   = "roads"
	assistAgency = "fleet"
)

// course is what two departments do with a case from its report to its end, in
// the words of POST /api/v1/cases/{id}/moves after "version".
var course = []string{
	`"verb":"file"`,
	`"verb":"dispatch","agency":"` + leadAgency + `","assists":["` + assistAgency + `"],"order":"请到现场处置，恢复通行"`,
	`"verb":"accept","agency":"` + leadAgency + `"`,
	`"verb":"accept","agency":"` + assistAgency + `"`,
	`"verb":"note","text":"处置人员已到达现场"`,
	`"verb":"finish","agency":"` + assistAgency + `","text":"绕行车辆已发车"`,
	`"verb":"finish","agency":"` + leadAgency + `","text":"故障车辆已拖离，路段恢复通行"`,
	`"verb":"check","text":"视频核查通过"`,
	`"verb":"close"`,
}

// clerk opens one case after the other over a connection and takes each through
// its course.
type clerk struct {
	conn   *driver.Conn
	number int // of the connection
	opened int
	id     string // of the case in hand; "" before the first
	next   int    // the move of the course that comes next
	body   []byte
	target []byte
}

// open reports the next case. It is not counted as a move.
func (c *clerk) open() error {
	c.opened++
	body := fmt.Appendf(c.body[:0], `{"kind":"road-damage","title":{"zh":"路面障碍 %[1]d-%[2]d","en":"Obstacle %[1]d-%[2]d"},"text":"环路由东向西，第二车道有障碍物，车辆绕行","severity":"major","place":{"type":"Point","coordinates":[10.2,56.15]}}`, c.number, c.opened)
	c.body = body
	a, err := c.conn.Do("POST", "/api/v1/cases", body)
	if err == nil {
		err = a.Err(201)
	}
	if err != nil {
		return fmt.Errorf("opening a case: %w", err)
	}
	var made struct{ Case struct{ ID string } }
	if err := json.Unmarshal(a.Body, &made); err != nil {
		return err
	}
	c.id, c.next = made.Case.ID, 0
	return nil
}

// ended says whether a case has to be opened before the next move.
func (c *clerk) ended() bool { return c.id == "" || c.next == len(course) }

// move makes the next move of the course.
func (c *clerk) move() (driver.Answer, error) {
	c.target = append(append(append(c.target[:0], "/api/v1/cases/"...), c.id...), "/moves"...)
	c.body = strconv.AppendInt(append(c.body[:0], `{"version":`...), int64(c.next+1), 10)
	c.body = append(append(append(c.body, ','), course[c.next]...), '}')
	c.next++
	return c.conn.Do("POST", string(c.target), c.body)
}

// record is the id of the record of the last move.
func (c *clerk) record() string { return "case." + c.id + "." + strconv.Itoa(c.next+1) }
