package testlog

import (
	"log/slog"
	"testing"
	"time"
)

// What is said after the end of a test races with nothing, and is lost.
func TestLateWords(t *testing.T) {
	ended := make(chan struct{})
	t.Run("short", func(t *testing.T) {
		log := New(t, slog.LevelDebug)
		go func() {
			defer close(ended)
			for end := time.Now().Add(50 * time.Millisecond); time.Now().Before(end); {
				log.Debug("still there")
			}
		}()
		time.Sleep(10 * time.Millisecond)
	})
	<-ended
}
