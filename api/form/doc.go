// Package form is the JSON form of what several interfaces show: cases, moves,
// posts and texts. Lists (api/cases) and the stream of live changes (api/stream)
// share it, so that a page can put one in the place of the other.
package form
