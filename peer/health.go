package peer

// Health says what works at the moment.
type Health struct {
	Signaling bool // the room has let the peer in and its websocket is there
	Media     bool // the media connection is there, and packets flow both ways as far as any should
}

// Health is what works at the moment. Options.OnHealth is told of each change.
func (p *Peer) Health() Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.health
}

// Connected reports whether the websocket is there at the moment.
func (p *Peer) Connected() bool { return p.Health().Signaling }

// setHealth notes a change and tells of it. It runs on the loop.
func (p *Peer) setHealth(change func(*Health)) {
	p.mu.Lock()
	before := p.health
	change(&p.health)
	now := p.health
	p.mu.Unlock()
	if now != before && p.opts.OnHealth != nil {
		p.opts.OnHealth(now)
	}
}

func (p *Peer) setLinked(linked bool) { p.setHealth(func(h *Health) { h.Signaling = linked }) }

func (p *Peer) setMedia(flows bool) { p.setHealth(func(h *Health) { h.Media = flows }) }
