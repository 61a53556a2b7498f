package packtest

import (
	"bytes"
	"testing"
)

func TestPacks(t *testing.T) {
	var out bytes.Buffer
	passed, failed, err := Run("../../packs/parking-relief", &out)
	if err != nil || failed > 0 || passed < 15 {
		t.Errorf("%d passed, %d failed, %v\n%s", passed, failed, err, &out)
	}
}
