package identitytest

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"citybrain/city"
	"citybrain/identity"
	"citybrain/ledger"
)

// Memory keeps records in memory, by the plainest means. It is what the suite
// was written against, and what tests of other rooms use.
type Memory struct {
	mu       sync.Mutex
	accounts map[city.AccountID]identity.Account
	sessions map[identity.SessionKey]identity.Session
	sealed   map[ledger.RecordID]ledger.Sealed
	secret   *identity.SecretHash
}

// NewMemory has no accounts.
func NewMemory() *Memory {
	return &Memory{accounts: map[city.AccountID]identity.Account{}, sessions: map[identity.SessionKey]identity.Session{}, sealed: map[ledger.RecordID]ledger.Sealed{}}
}

// SaveAccount implements identity.Records.
func (m *Memory) SaveAccount(_ context.Context, c identity.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := c.Account
	if c.Secret != nil && (m.secret == nil || *m.secret != *c.Secret) {
		return city.Errorf(city.Denied, "identitytest", "the setup secret is not this, or it is used up")
	}
	if m.accounts[a.ID].Version != a.Version-1 {
		return city.Errorf(city.Conflict, "identitytest", "account %s has version %d", a.ID, m.accounts[a.ID].Version)
	}
	if c.Secret != nil {
		m.secret = nil
	}
	if c.EndSessions {
		for key, s := range m.sessions {
			if s.Account == a.ID {
				delete(m.sessions, key)
			}
		}
	}
	a.Posts = slices.Clone(a.Posts)
	m.accounts[a.ID] = a
	m.sealed[c.Record.ID] = ledger.Sealed{Record: c.Record, Salt: make([]byte, ledger.SaltBytes), Leaf: -1}
	return nil
}

// Account implements identity.Records.
func (m *Memory) Account(_ context.Context, id city.AccountID) (identity.Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.accounts[id]
	if !ok {
		return a, city.Errorf(city.NotFound, "identitytest", "there is no account %s", id)
	}
	a.Posts = slices.Clone(a.Posts)
	return a, nil
}

// Accounts implements identity.Records.
func (m *Memory) Accounts(_ context.Context, after city.AccountID, limit int) (list []identity.Account, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, a := range m.accounts {
		if id > after {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b identity.Account) int { return cmp.Compare(a.ID, b.ID) })
	return list[:min(limit, len(list))], nil
}

// AddSession implements identity.Records.
func (m *Memory) AddSession(_ context.Context, s identity.Session, version int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a, ok := m.accounts[s.Account]; !ok || a.Version != version {
		return city.Errorf(city.Conflict, "identitytest", "account %s has changed", s.Account)
	}
	m.sessions[s.Key] = s
	return nil
}

// Session implements identity.Records.
func (m *Memory) Session(_ context.Context, key identity.SessionKey) (identity.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[key]
	if !ok {
		return s, city.Errorf(city.NotFound, "identitytest", "there is no such session")
	}
	return s, nil
}

// SeeSession implements identity.Records.
func (m *Memory) SeeSession(_ context.Context, key identity.SessionKey, at city.Instant) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.sessions[key]; ok {
		s.SeenAt = at
		m.sessions[key] = s
	}
	return nil
}

// EndSession implements identity.Records.
func (m *Memory) EndSession(_ context.Context, key identity.SessionKey) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, key)
	return nil
}

// SweepSessions implements identity.Records.
func (m *Memory) SweepSessions(_ context.Context, seen, started city.Instant) (n int, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, s := range m.sessions {
		if s.SeenAt < seen || s.StartedAt < started {
			delete(m.sessions, key)
			n++
		}
	}
	return n, nil
}

// SetupSecret implements identity.Records.
func (m *Memory) SetupSecret(context.Context) (*identity.SecretHash, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.secret == nil {
		return nil, nil
	}
	hash := *m.secret
	return &hash, nil
}

// SetSetupSecret implements identity.Records.
func (m *Memory) SetSetupSecret(_ context.Context, hash *identity.SecretHash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.secret = hash
	return nil
}

// Record is a record that a change brought, or NotFound.
func (m *Memory) Record(_ context.Context, id ledger.RecordID) (ledger.Sealed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sealed[id]
	if !ok {
		return s, city.Errorf(city.NotFound, "identitytest", "there is no record %s", id)
	}
	return s, nil
}
