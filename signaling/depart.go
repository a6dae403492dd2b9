package signaling

import (
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// lose notes that p's websocket c is lost. Unless it is resumed in time, p is removed.
func (r *room) lose(p *peer, c teller) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.gone || p.conn != c {
		return
	}
	p.conn, p.lostAt = nil, time.Now()
	p.lost = time.AfterFunc(r.limits.resume, func() { r.expire(p) })
	r.noticeLocked(p)
}

// expire removes p if its websocket is still lost. As long as its media flows it may stay. A websocket that was lost again meanwhile has a timer of its own.
func (r *room) expire(p *peer) {
	r.mu.Lock()
	if p.conn != nil || p.gone || time.Since(p.lostAt) < r.limits.resume {
		r.mu.Unlock()
		return
	}
	if p.connected {
		p.lost.Reset(r.limits.resume)
		r.mu.Unlock()
		return
	}
	closing := r.removeLocked(endLost, p)
	r.mu.Unlock()
	closeMedia(closing)
}

// drop removes p because its websocket c ended for good, unless p has another one by now.
func (r *room) drop(e ending, p *peer, c teller) {
	r.mu.Lock()
	if p.conn != c {
		r.mu.Unlock()
		return
	}
	closing := r.removeLocked(e, p)
	r.mu.Unlock()
	closeMedia(closing)
}

// remove ends peers: their websockets, their media, and everybody is told.
func (r *room) remove(e ending, peers ...*peer) {
	r.mu.Lock()
	closing := r.removeLocked(e, peers...)
	r.mu.Unlock()
	closeMedia(closing)
}

// mediaFailed ends the peer of m, unless m is not its media connection any more.
func (r *room) mediaFailed(e ending, m *media) {
	r.mu.Lock()
	var closing []*sfu.Peer
	if m.currentLocked() {
		closing = r.removeLocked(e, m.peer)
	}
	r.mu.Unlock()
	closeMedia(closing)
}

// mediaLost leaves the peer of m without media; its websocket closes, so that it comes back with a fresh PeerConnection. A
// peer of another protocol than ours ends.
func (r *room) mediaLost(m *media) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := m.peer
	if !m.currentLocked() {
		return
	}
	if _, ours := p.conn.(*conn); p.conn != nil && !ours {
		r.removeLocked(endMedia, p) // its media is closed already
		return
	}
	p.media = nil
	if p.conn != nil {
		p.conn.end(endMedia)
	}
	r.log.Info("peer without media", "peer", p.id)
	r.noticeLocked(p)
}

// removeLocked is remove but for the media, which the caller closes without the lock.
func (r *room) removeLocked(e ending, peers ...*peer) []*sfu.Peer {
	var closing []*sfu.Peer
	for _, p := range peers {
		if p.gone {
			continue
		}
		p.gone = true
		delete(r.peers, p.id)
		if p.lost != nil {
			p.lost.Stop()
		}
		p.awayLocked(nil)
		p.deliveries.end()
		view := p.controlLocked()
		if p.conn != nil {
			p.conn.end(e)
		}
		r.othersLocked(p, signal.Left{Peer: string(p.id), Reason: e.reason})
		r.farewellLocked(p)
		r.events.publish(control.Event{Type: control.EventLeft, Peer: &view, Reason: e.reason})
		if conn := p.mediaPeerLocked(); conn != nil {
			closing = append(closing, conn)
		}
		if b := robotOf(p); b != nil {
			closing = append(closing, b.mediaLocked()...)
		}
		r.log.Info("peer left", "peer", p.id, "reason", e.reason, "detail", e.text)
	}
	return closing
}

func closeMedia(peers []*sfu.Peer) {
	for _, p := range peers {
		p.Close()
	}
}

// close ends everybody and refuses newcomers. It returns what to wait for.
func (r *room) close(e ending) []teller {
	r.mu.Lock()
	if r.closed == nil {
		r.closed = &e
	}
	closing := r.removeLocked(e, r.sortedLocked()...)
	var conns []teller
	for c := range r.conns {
		c.end(e) // those that have not joined yet
		conns = append(conns, c)
	}
	r.mu.Unlock()
	closeMedia(closing)
	return conns
}
