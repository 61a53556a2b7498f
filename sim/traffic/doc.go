// Package traffic moves cars through a network of links by a queue model.
//
// A link is a directed piece of street. A car that enters it drives to its end
// in the time that the speed and the number of cars on it give, and then stands
// in the link's queue. Cars leave the queue in order, as many as the link's
// capacity lets out, and only into a link that has room: so a link whose
// capacity an incident takes away fills up, then holds up the links that lead
// into it, and the jam dissolves from its head once the capacity is back. No car
// is made or lost but by Enter and Arrive.
//
// The model knows no clock and draws no chance: the caller moves the time, in
// seconds, and says which cars enter where.
package traffic
