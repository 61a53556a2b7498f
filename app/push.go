package app

import (
	"context"
	"io"

	"citybrain/api/admin"
	"citybrain/city"
	"citybrain/feed/mapping"
	"citybrain/feed/push"
)

// mapping is that of a feed that takes rows.
func (r *feedRunner) mapping(feed city.FeedID) (*mapping.Mapping, error) {
	for _, m := range r.a.City.Feeds {
		if m.Feed() == feed {
			return m, nil
		}
	}
	return nil, city.Errorf(city.NotFound, "app.Push", "the city has no feed %s", feed)
}

// Push implements admin.Pusher. Rows may be pushed to every feed of the city,
// also to one that is read from a file.
func (r *feedRunner) Push(ctx context.Context, feed city.FeedID, contentType string, body io.Reader) (admin.PushResult, error) {
	m, err := r.mapping(feed)
	if err != nil {
		return admin.PushResult{}, err
	}
	report, err := push.Take(ctx, r.a.writer, push.Request{
		Mapping: m, Body: body, ContentType: contentType, Limit: r.a.Config.HTTP.MaxBody, Now: r.a.clock.Now(),
	})
	out := admin.PushResult{Rows: report.Rows, Counts: report.Counts}
	for _, f := range report.Findings {
		if f.Class == city.RowQuarantined {
			out.Rejected = append(out.Rejected, admin.RejectedRow{Row: f.Row, Reason: f.Reason})
		}
	}
	return out, err
}

// Resubmit implements admin.Pusher.
func (r *feedRunner) Resubmit(ctx context.Context, row admin.QuarantinedRow, raw string) (city.RowClass, string, error) {
	m, err := r.mapping(row.Feed)
	if err != nil {
		return 0, "", err
	}
	result, err := push.Resubmit(ctx, r.a.writer, m, row.Raw, []byte(raw), r.a.clock.Now())
	if err == nil {
		err = result.Err
	}
	return result.Class, result.Reason, err
}
