package land

import (
	"fmt"
	"strings"
)

// Areas is the file areas.yaml of the city definition: the districts.
func (p *Plan) Areas() []byte {
	var b strings.Builder
	b.WriteString("# The districts of the ground plan, written by the test of package land: go test ./sim/land -update\nareas:\n")
	for _, d := range p.Districts {
		fmt.Fprintf(&b, "  - id: %s\n    name: {zh: %s, en: %s}\n    polygon:\n      - [", d.ID, d.Name.ZH, d.Name.EN)
		ring := d.Shape
		if ring.area() < 0 {
			ring = ring.Reversed()
		}
		for i, v := range ring {
			if i > 0 {
				b.WriteString(", ")
			}
			at := v.Point()
			fmt.Fprintf(&b, "[%.5f, %.5f]", at.Lon, at.Lat)
		}
		b.WriteString("]\n")
	}
	return []byte(b.String())
}
