// Package store holds the adapters for records: what must be durable but is no
// part of the log. Each is a folder named after the engine that it wraps; the
// rooms that keep records declare the interfaces.
package store
