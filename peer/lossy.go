package peer

import (
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
)

// What a lossy channel may hold of what has not got through. Pion cannot take back what it was given: it counts the life of a
// message anew each time it sends it again, and not at all until it sends it first.
const (
	lossyLittle = 1 << 10                // bytes that are no harm, and find out whether the network is back
	lossySettle = 500 * time.Millisecond // for a round trip and an acknowledgement, which may come 200 ms late (RFC 9260, section 6.2)
)

// lossy is the lossy channel of one PeerConnection. While nothing gets through it takes nothing more.
type lossy struct {
	*webrtc.DataChannel
	life time.Duration // of a message

	mu    sync.Mutex // guards the fields below
	given int64      // bytes
	under underway
}

// underway follows how much of what was given gets through.
type underway struct {
	got int64     // bytes
	at  time.Time // when that last grew, or nothing was under way
}

// stuck reports whether nothing has got through for longer than limit, and more than a little waits.
func (u *underway) stuck(given, buffered int64, limit time.Duration, now time.Time) bool {
	if got := given - buffered; got > u.got || buffered <= 0 {
		u.got, u.at = got, now
	}
	return buffered > lossyLittle && now.Sub(u.at) > limit
}

// send hands a frame to the channel, or fails with ErrBusy.
func (l *lossy) send(frame []byte, text bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.under.stuck(l.given, int64(l.BufferedAmount()), max(l.life, 0)+lossySettle, time.Now()) { //nolint:gosec // far less
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
