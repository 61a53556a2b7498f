// Package situation is the JSON form of a situation, one for the list
// (api/admin) and for the stream of live changes (api/stream).
package situation
