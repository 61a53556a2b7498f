package sqlstore

import (
	"context"

	"citybrain/city"
)

// CountUp is how many situations of a rule are up; rule "" means any.
func (s *Store) CountUp(ctx context.Context, rule city.RuleID) (int, error) {
	if rule == "" {
		return s.count(ctx, `SELECT count(*) FROM situation WHERE cleared_at = 0`)
	}
	return s.count(ctx, `SELECT count(*) FROM situation WHERE cleared_at = 0 AND rule = $1`, string(rule))
}

// CountQuarantine is how many quarantined rows have not been resubmitted.
func (s *Store) CountQuarantine(ctx context.Context) (int, error) {
	return s.count(ctx, `SELECT count(*) FROM quarantine WHERE resubmitted_at = 0`)
}

func (s *Store) count(ctx context.Context, query string, args ...any) (n int, err error) {
	err = s.read.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, s.explain("count", err)
}

// LastCaseChange is the highest change number of a case, 0 if there is none.
func (s *Store) LastCaseChange(ctx context.Context) (uint64, error) {
	n, err := s.count(ctx, `SELECT coalesce(max(change), 0) FROM casefile`)
	return uint64(n), err
}
