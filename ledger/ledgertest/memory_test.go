package ledgertest_test

import (
	"testing"

	"citybrain/ledger"
	"citybrain/ledger/ledgertest"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	ledgertest.Run(t, func(*testing.T) (ledger.Outbox, ledgertest.Put) {
		m := new(ledgertest.Memory)
		return m, m.Put
	})
}

var _ ledger.Records = (*ledgertest.Memory)(nil)
