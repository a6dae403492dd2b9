package signaling

import "github.com/gorilla/websocket"

// enroll takes a place for c, which is about to be upgraded. From then on, the end of the room waits for it.
func (r *room) enroll(c teller) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.enrollLocked(c)
}

func (r *room) enrollLocked(c teller) bool {
	if r.closed != nil || len(r.conns) >= r.limits.conns {
		return false
	}
	r.conns[c] = true
	return true
}

// upgraded gives c its websocket. It may have been ended before it had one.
func (r *room) upgraded(c *conn, ws *websocket.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.ws = ws
}

// release forgets c, which has finished.
func (r *room) release(c teller) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
}
