package peer

// SentStats counts what was sent of one published track.
type SentStats struct {
	Packets uint64
	Paused  bool // nobody watches it: nothing is sent
}

// Sent returns the counts of what is published as source and kind; of a track of the caller's own (Local) nothing is known.
func (p *Peer) Sent(source, kind string) SentStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := SentStats{}
	for _, pub := range p.sending {
		if pub.track.Source == source && pub.kind == kind {
			s.Packets += pub.packets.Load()
			s.Paused = pub.quiet.Load()
		}
	}
	return s
}

// notePublished lets Sent see what the loop publishes.
func (p *Peer) notePublished() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sending = append([]*publication(nil), p.loop.published...)
}
