package report

import (
	"html"
	"html/template"
	"strconv"
	"strings"
)

// canvas is an SVG drawing being made.
type canvas struct{ b strings.Builder }

// begin opens the drawing; label says to those who cannot see it what it shows.
func (c *canvas) begin(class, label string, width, height float64) {
	c.b.WriteString(`<svg class="` + html.EscapeString(class) + `" role="img" viewBox="0 0 ` + num(width) + " " + num(height) + `" preserveAspectRatio="xMidYMid meet">`)
	c.text("title", label)
}

// end closes the drawing.
func (c *canvas) end() template.HTML {
	c.b.WriteString("</svg>")
	return template.HTML(c.b.String()) // every text and attribute was escaped
}

// text is an element that holds only text.
func (c *canvas) text(name, text string, attributes ...string) {
	c.open(name, attributes...)
	c.b.WriteString(html.EscapeString(text))
	c.close(name)
}

// shape is an empty element; tip, if there is one, is shown over it.
func (c *canvas) shape(name, tip string, attributes ...string) {
	c.open(name, attributes...)
	if tip != "" {
		c.text("title", tip)
	}
	c.close(name)
}

func (c *canvas) open(name string, attributes ...string) {
	c.b.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		c.b.WriteString(" " + attributes[i] + `="` + html.EscapeString(attributes[i+1]) + `"`)
	}
	c.b.WriteString(">")
}

func (c *canvas) close(name string) { c.b.WriteString("</" + name + ">") }

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	c.shape("line", "", "class", class, "x1", num(x1), "y1", num(y1), "x2", num(x2), "y2", num(y2))
}

func (c *canvas) rect(class, tip string, x, y, w, h float64) {
	c.shape("rect", tip, "class", class, "x", num(x), "y", num(y), "width", num(w), "height", num(h))
}

func (c *canvas) label(class, text string, x, y float64) {
	c.text("text", text, "class", class, "x", num(x), "y", num(y))
}

// num is a length with at most two decimals.
func num(f float64) string {
	s := strconv.FormatFloat(f, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// axis chooses steps of 1, 2 or 5 times a power of ten so that about n of them
// reach most.
func axis(most float64, n int) (step float64, steps int) {
	if most <= 0 {
		return 1, 1
	}
	step = 1
	for {
		for _, k := range []float64{1, 2, 5} {
			if k*step*float64(n) >= most {
				step *= k
				steps = int((most + step - 1e-9) / step)
				return step, max(steps, 1)
			}
		}
		step *= 10
	}
}
