// Package api joins the HTTP faces of City Brain into one server: NGSI-LD, the
// product's own interface, the stream of live changes, health and metrics. The
// faces themselves are the packages below it; problem writes every error.
package api
