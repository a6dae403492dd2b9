package peer

import (
	"sync"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/stuck"
)

// lossy is the lossy channel of one PeerConnection. While nothing gets through it takes nothing more.
type lossy struct {
	*webrtc.DataChannel
	life time.Duration // of a message

	mu    sync.Mutex // guards the fields below
	given int64      // bytes
	watch stuck.Watch
}

// send hands a frame to the channel, or fails with ErrBusy.
func (l *lossy) send(frame []byte, text bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watch.Look(l.given, int64(l.BufferedAmount()), max(l.life, 0), time.Now()) { //nolint:gosec // far less
		return ErrBusy
	}
	send := l.Send
	if text {
		send = func(b []byte) error { return l.SendText(string(b)) }
	}
	if err := send(frame); err != nil {
		return err
	}
	l.given += int64(len(frame))
	return nil
}
