package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"citybrain/test/driver"
)

// past reads every instance of some attributes of one entity, page by page.
func past(c *driver.Conn, id string, attributes ...string) ([]statement, error) {
	after := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	var all []statement
	for {
		a, err := c.Do("GET", fmt.Sprintf("/ngsi-ld/v1/temporal/entities/%s?attrs=%s&timerel=after&timeAt=%s",
			url.PathEscape(id), strings.Join(attributes, ","), url.QueryEscape(after.Format(time.RFC3339Nano))), nil)
		if err != nil {
			return nil, err
		}
		if err := a.Err(200, 206); err != nil {
			return nil, err
		}
		page, err := instances(id, a.Body, attributes)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if a.Status == 200 {
			return all, nil
		}
		if len(page) == 0 {
			return nil, fmt.Errorf("a part (206) with nothing in it: %s", a.Body)
		}
		for _, s := range page {
			if at := time.UnixMicro(s.at).UTC(); at.After(after) {
				after = at
			}
		}
	}
}

// instances reads a normalized EntityTemporal (clause 5.2.20).
func instances(id string, body []byte, attributes []string) ([]statement, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, fmt.Errorf("%w in %.300s", err, body)
	}
	var all []statement
	for _, name := range attributes {
		var found []instance
		if members[name] == nil {
			continue
		}
		if err := json.Unmarshal(members[name], &found); err != nil {
			return nil, fmt.Errorf("%s: %w in %.300s", name, err, members[name])
		}
		for _, i := range found {
			all = append(all, statement{id, reading{name, i.ObservedAt.UnixMicro()}, i.Value})
		}
	}
	return all, nil
}
