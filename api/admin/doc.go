// Package admin is the product's own interface under /api/v1, for people and
// the console: feeds, quarantine, situations, the city, its rules and its log.
// It describes itself as OpenAPI 3.1 at /api/openapi.json.
//
// Everything it shows comes through the small interfaces of ports.go, which app
// fills; every error is a problem (api/problem).
package admin
