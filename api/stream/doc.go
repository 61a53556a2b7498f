// Package stream sends live changes of the city as server-sent events (HTML
// living standard, section 9.2) with resume.
//
// The hub keeps what happened lately once for all clients; each client has only
// a place in it. Situations are sent at once and completely: who falls behind
// reads on from the store. Entities are gathered for 100 ms and sent as they
// are then; who falls behind the ring is told to read them again. A client that
// does not take what is sent to it within WriteTimeout is disconnected and may
// resume by the id of its last event.
package stream
