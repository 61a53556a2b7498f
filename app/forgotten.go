package app

import (
	"context"
	"time"

	"citybrain/casework"
)

// forgottenAfter is how long a file of evidence may lie without a move that
// attaches it: who sends one attaches it in the next moment, or never.
const forgottenAfter = 24 * time.Hour

// sweepFiles removes files that were sent and never attached. While a record
// cannot be read nothing is removed: the file that it names may be one of them.
func (a *App) sweepFiles(ctx context.Context, now time.Time) {
	needed := map[string]bool{}
	unreadable, err := a.store.Attached(ctx, "", func(m *casework.Move) { needed[m.File] = true })
	removed := 0
	switch {
	case err != nil:
	case unreadable > 0:
		a.Logger.Error("records of cases cannot be read: run citybrain verify; files that nobody attached are kept until they can", "records", unreadable)
		return
	default:
		removed, err = a.files.Sweep(ctx, now.Add(-forgottenAfter), func(hash string) bool { return needed[hash] })
	}
	switch {
	case err != nil && ctx.Err() == nil:
		a.Logger.Warn("files that nobody attached cannot be removed; they take space and do no other harm", "error", err)
	case removed > 0:
		a.Logger.Info("removed files that were sent and never attached to a case", "files", removed)
	}
}
