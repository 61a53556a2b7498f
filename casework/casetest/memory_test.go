package casetest_test

import (
	"testing"

	"citybrain/casework"
	"citybrain/casework/casetest"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	casetest.Run(t, func(*testing.T) casework.Records { return &casetest.Memory{} })
}
