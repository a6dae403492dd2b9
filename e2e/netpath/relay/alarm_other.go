//go:build !linux

package relay

import (
	"net"
	"sync"
	"time"
)

// alarm wakes one goroutine at a time that others may move. It is as precise as the runtime's timers.
type alarm struct {
	timer *time.Timer
	done  chan struct{}
	once  sync.Once
}

func newAlarm() (*alarm, error) {
	return &alarm{timer: time.NewTimer(time.Hour), done: make(chan struct{})}, nil
}

// set makes wait return after d, instead of when it was to before.
func (a *alarm) set(d time.Duration) error {
	a.timer.Reset(max(1, d))
	return nil
}

// wait returns when the time has come, or an error after close.
func (a *alarm) wait() error {
	select {
	case <-a.timer.C:
		return nil
	case <-a.done:
		return net.ErrClosed
	}
}

func (a *alarm) close() { a.once.Do(func() { close(a.done) }) }
