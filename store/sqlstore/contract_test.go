package sqlstore

import (
	"path/filepath"
	"testing"

	"citybrain/casework"
	"citybrain/casework/casetest"
	"citybrain/identity/identitytest"
	"citybrain/internal/testkit/postgres"
	"citybrain/ledger"
	"citybrain/ledger/ledgertest"
)

var (
	_ casework.Records = (*Store)(nil)
	_ ledger.Outbox    = (*Store)(nil)
	_ ledger.Records   = (*Store)(nil)
)

// contract runs a suite that opens many empty stores on each engine.
func contract(t *testing.T, suite func(t *testing.T, open func(t *testing.T) *Store)) {
	t.Run("SQLite", func(t *testing.T) {
		suite(t, func(t *testing.T) *Store { return open(t, filepath.Join(t.TempDir(), "records.db")) })
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		suite(t, func(t *testing.T) *Store { return openPostgres(t, postgres.Database(t)) })
	})
}

func TestCaseworkContract(t *testing.T) {
	contract(t, func(t *testing.T, open func(t *testing.T) *Store) {
		casetest.Run(t, func(t *testing.T) casework.Records { return open(t) })
	})
}

func TestLedgerContract(t *testing.T) {
	contract(t, func(t *testing.T, open func(t *testing.T) *Store) {
		ledgertest.Run(t, func(t *testing.T) (ledger.Outbox, ledgertest.Put) {
			s := open(t)
			return s, s.addSealed
		})
	})
}

func TestIdentityContract(t *testing.T) {
	contract(t, func(t *testing.T, open func(t *testing.T) *Store) {
		identitytest.Run(t, func(t *testing.T) identitytest.Store { return open(t) })
	})
}
