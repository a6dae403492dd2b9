package sfu

import (
	"testing"
	"time"
)

// The first conn reads, since it keeps what has come early; the next one goes on when that is closed.
func TestFirstConnReads(t *testing.T) {
	turn := make(chan struct{}, 1)
	var first, next reading
	first.begin(turn, true)
	next.begin(turn, false)
	open, closed, done := make(chan struct{}), make(chan struct{}), make(chan bool, 1)
	go func() { done <- next.wait(open) }()
	if !first.wait(closed) {
		t.Error("the first one has to wait")
	}
	select {
	case <-done:
		t.Fatal("two read at once")
	case <-time.After(50 * time.Millisecond):
	}
	close(closed)
	first.end()
	select {
	case got := <-done:
		if !got {
			t.Error("the next one is told that it is closed")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nobody reads")
	}
}
