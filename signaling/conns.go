package signaling

// reserve takes a place for one more websocket; track or release(nil) gives it back.
func (r *room) reserve() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed != nil || len(r.conns)+r.opening >= r.limits.conns {
		return false
	}
	r.opening++
	return true
}

// track turns a reserved place into a websocket. It reports whether the room is still open.
func (r *room) track(c *conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opening--
	if r.closed != nil {
		return false
	}
	r.conns[c] = true
	return true
}

func (r *room) release(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c == nil {
		r.opening--
	}
	delete(r.conns, c)
}
