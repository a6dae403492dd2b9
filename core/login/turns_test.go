package login

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turns turns
		var wait sync.WaitGroup
		inside, done := 0, 0
		for range maxWaiting {
			wait.Go(func() {
				release, err := turns.take(t.Context(), "a")
				if err != nil {
					t.Error(err)
					return
				}
				if inside++; inside != 1 {
					t.Errorf("%d have the turn at once", inside)
				}
				time.Sleep(time.Second)
				inside--
				done++
				release()
			})
		}
		synctest.Wait()
		release, err := turns.take(t.Context(), "b")
		if err != nil {
			t.Fatalf("another account waits: %v", err)
		}
		release()
		short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := turns.take(short, "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("gave up: got %v", err)
		}
		wait.Go(func() {
			if release, err := turns.take(t.Context(), "a"); err == nil {
				release()
			}
		})
		synctest.Wait()
		if _, err := turns.take(t.Context(), "a"); !errors.Is(err, errTooMany) {
			t.Errorf("one more than may wait: got %v", err)
		}
		wait.Wait()
		if done != maxWaiting || len(turns.all) != 0 {
			t.Errorf("%d had their turn, %d accounts are kept", done, len(turns.all))
		}
	})
}
