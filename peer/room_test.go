package peer_test

import (
	"testing"
	"time"
)

// patience bounds every wait of these tests; reaching it is a failure.
const patience = 10 * time.Second

// waitFor polls until f returns nil.
func waitFor(t *testing.T, what string, f func() error) {
	t.Helper()
	waitWithin(t, patience, what, f)
}

func waitWithin(t *testing.T, limit time.Duration, what string, f func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := f()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waiting for %s: %v", what, err)
		}
		<-time.After(10 * time.Millisecond)
	}
}
