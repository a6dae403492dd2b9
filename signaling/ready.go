package signaling

import (
	"context"
	"time"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/control"
)

// readyText is what OpenTera's service waits for on webrtc.<key> (rehab.md 2).
const readyText = "Ready!"

// announce says that the room takes peers: at once on the control stream, and on Redis as soon as that takes it. It is
// called when the HTTP port and the media sockets are open; a room that rehab launched is told its session first. The
// room works without Redis.
func (r *room) announce(ctx context.Context, b *bus.Bus, key string, awaitSession bool) {
	if awaitSession {
		select {
		case <-r.told:
		case <-ctx.Done():
			return
		}
	}
	r.mu.Lock()
	r.ready = true
	r.events.publish(control.Event{Type: control.EventReady})
	r.mu.Unlock()
	r.log.Info("room takes peers")

	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := b.Publish(ctx, bus.Room(key), []byte(readyText))
		if err == nil {
			r.log.Info("ready message published")
			return
		}
		retry := time.NewTimer(wait)
		select {
		case <-retry.C:
		case <-ctx.Done():
			retry.Stop()
			return
		}
	}
}
