package signaling

import (
	"net/http"
	"strings"

	"github.com/gotera/gotera/proto/signal"
)

// Whoever opens a robots' websocket without a key in its address is a stranger until join-room.
const (
	maxStrangers = 32 // websockets at once; more of them, and others give way
	fewStrangers = 8  // of one address: it gives way only if none has more
)

var endCrowded = ending{reason: signal.ReasonError, text: "too many websockets before join-room"}

// clientAddress is where a request comes from, as the proxy in front of the room wrote it last; "" without a proxy.
func clientAddress(req *http.Request) string {
	all := strings.Join(req.Header.Values("X-Forwarded-For"), ",")
	return strings.TrimSpace(all[strings.LastIndexByte(all, ',')+1:])
}

// enrollRobot is enroll, with a bound for strangers of its own: b gets in, and the one that has been silent for longest goes, so
// that nobody keeps robots out by websockets on which nothing is said.
func (r *room) enrollRobot(b *robotConn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b.strangerLocked() {
		r.crowdedLocked(b)
	}
	return r.enrollLocked(b)
}

// strangerLocked reports whether nobody knows yet whose b is.
func (b *robotConn) strangerLocked() bool {
	return b.peer == nil && b.who.kind == "" && b.queue.ended() == nil
}

// crowdedLocked ends the oldest stranger, if there are too many with b: of the address with the most if those are many, else
// of all.
func (r *room) crowdedLocked(b *robotConn) {
	strangers, from := 1, map[string]int{b.address: 1}
	for c := range r.conns {
		if o, ok := c.(*robotConn); ok && o.strangerLocked() {
			strangers++
			from[o.address]++
		}
	}
	if strangers <= maxStrangers {
		return
	}
	most := fewStrangers
	for _, n := range from {
		most = max(most, n)
	}
	var oldest *robotConn
	for c := range r.conns {
		o, ok := c.(*robotConn)
		if ok && o.strangerLocked() && (most == fewStrangers || from[o.address] == most) && (oldest == nil || o.since.Before(oldest.since)) {
			oldest = o
		}
	}
	if oldest == nil {
		return
	}
	r.log.Debug("robot's websocket ended before join: too many are open")
	oldest.queue.end(endCrowded, nil)
	if oldest.ws != nil {
		oldest.ws.NetConn().Close() //nolint:errcheck // without a goodbye, which might have to wait
	}
}
