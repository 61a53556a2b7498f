package admin

import "citybrain/internal/wire"

// Document is the OpenAPI document of the interface, indented, without the
// version of a program: what other code is generated from.
func Document() ([]byte, error) {
	h := New(Options{Version: "1"})
	raw, err := h.OpenAPI().MarshalJSON()
	if err != nil {
		return nil, err
	}
	return wire.Indent(raw)
}
