// Package silences serves what people keep from being announced, and counts what
// is not announced and why. What the words mean stands in docs/alarms.md.
package silences
