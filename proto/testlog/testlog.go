// Package testlog writes a log into the output of a test. Goroutines of Pion may end after the test that began them, and what they
// say then would race with its end, which testing.T.Output does not allow for.
package testlog

import (
	"io"
	"log/slog"
	"sync"
	"testing"
)

// New makes a logger that tells what is of level, or above, until the test ends.
func New(t testing.TB, level slog.Level) *slog.Logger {
	w := &writer{out: t.Output()}
	t.Cleanup(w.end)
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

type writer struct {
	mu  sync.Mutex
	out io.Writer // nil: the test has ended
}

func (w *writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.out == nil {
		return len(p), nil
	}
	return w.out.Write(p)
}

func (w *writer) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out = nil
}
