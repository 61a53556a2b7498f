package sqlstore

import (
	"context"
	"sync"
	"time"

	"citybrain/casework"
	"citybrain/city"
)

// How Saves share transactions: those that come while one is written wait and
// go together into the next, so that many callers share one sync of the disk.
const (
	saveGroupMost = 200              // Saves in one transaction
	saveTimeout   = 30 * time.Second // of one transaction
)

// saveRequest is one call of Save.
type saveRequest struct {
	ctx     context.Context
	changes []casework.Change
	cases   []casework.Case // the answer
	err     error
	done    chan struct{}
}

// saveQueue holds the Saves that wait. One goroutine writes as long as there
// are any.
type saveQueue struct {
	mu      sync.Mutex
	idle    *sync.Cond // nil before the first request
	waiting []*saveRequest
	busy    bool
}

// add hands a request to write, which is called with one group after the other.
func (q *saveQueue) add(r *saveRequest, write func([]*saveRequest)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.idle == nil {
		q.idle = sync.NewCond(&q.mu)
	}
	q.waiting = append(q.waiting, r)
	if !q.busy {
		q.busy = true
		go q.drain(write)
	}
}

func (q *saveQueue) drain(write func([]*saveRequest)) {
	for group := q.take(); group != nil; group = q.take() {
		write(group)
		for _, r := range group {
			close(r.done)
		}
	}
}

// take is the next group; nil when there is none, and then nobody drains.
func (q *saveQueue) take() []*saveRequest {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(saveGroupMost, len(q.waiting))
	if n == 0 {
		q.busy = false
		q.idle.Broadcast()
		return nil
	}
	group := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	return group
}

// wait returns when nothing is being written.
func (q *saveQueue) wait() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.busy {
		q.idle.Wait()
	}
}

// Save implements casework.Records. Saves of many callers share transactions;
// each is still stored as a whole or not at all. An Unavailable error after the
// connection broke can leave it open whether the changes were stored; saving
// them again is safe, since it is a Conflict if they were.
func (s *Store) Save(ctx context.Context, changes ...casework.Change) ([]casework.Case, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	for i := range changes {
		if err := checkChange(&changes[i]); err != nil {
			return nil, err
		}
	}
	r := &saveRequest{ctx: ctx, changes: changes, done: make(chan struct{})}
	s.saves.add(r, s.saveAll)
	<-r.done
	return r.cases, r.err
}

// saveAll writes a group in one transaction. If something in it cannot be
// stored, each request has its own, so that one does not hold up the others.
func (s *Store) saveAll(group []*saveRequest) {
	err := s.saveTogether(group)
	if err == nil {
		return
	}
	kind := city.KindOf(err)
	if len(group) == 1 || kind == city.Unavailable || kind == city.Overload {
		for _, r := range group {
			if r.err == nil {
				r.cases, r.err = nil, err
			}
		}
		return
	}
	for _, r := range group {
		if r.err == nil {
			s.saveAll([]*saveRequest{r})
		}
	}
}

// saveTogether writes those requests of a group that may be stored, and gives
// the others their errors. Its own error means that nothing was written.
func (s *Store) saveTogether(group []*saveRequest) error {
	ctx, cancel := context.WithTimeout(context.Background(), saveTimeout)
	defer cancel()
	w := &caseWriter{requests: group}
	return w.write(ctx, s)
}
