package sfu

import (
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotera/gotera/sfu/history"
	"github.com/gotera/gotera/sfu/wheel"
)

// Room is the media of one session. Every peer is sent what all others publish.
type Room struct {
	cfg       Config
	log       *slog.Logger
	transport *transport
	wheel     *wheel.Wheel
	pool      history.Pool
	order     atomic.Uint64 // of published tracks
	voices    voices
	running   sync.WaitGroup

	watchTimer *wheel.Timer // see watch.go

	mu     sync.Mutex // guards the fields below; never held during I/O or callbacks
	peers  map[PeerID]*Peer
	closed bool
}

// New opens the sockets of a room; it can take peers when New returns.
func New(cfg Config) (*Room, error) {
	cfg = cfg.withDefaults()
	t, err := newTransport(cfg)
	if err != nil {
		return nil, fmt.Errorf("open room: %w", err)
	}
	r := &Room{cfg: cfg, log: cfg.Log, transport: t, wheel: wheel.New(), peers: map[PeerID]*Peer{}}
	r.voices.timer = r.wheel.NewTimer(r.updateSpeakers)
	r.voices.list.Store(&[]Track{})
	r.watchTimer = r.wheel.NewTimer(r.watch)
	return r, nil
}

// Addr is the address of the media socket (UDP and TCP have the same port).
func (r *Room) Addr() *net.UDPAddr { return r.transport.conn.LocalAddr().(*net.UDPAddr) }

// Join adds a peer. It fails with ErrRoomClosed, ErrRoomFull or ErrPeerExists.
func (r *Room) Join(id PeerID, h Handler) (*Peer, error) { return r.JoinWith(id, h, Options{}) }

// JoinWith is Join with options.
func (r *Room) JoinWith(id PeerID, h Handler, o Options) (*Peer, error) {
	if err := r.admits(id); err != nil { // before the work
		return nil, err
	}
	p, err := newPeer(r, id, h, o)
	if err != nil {
		return nil, fmt.Errorf("join %s: %w", id, err)
	}
	r.mu.Lock()
	if err = r.admitsLocked(id); err == nil {
		r.peers[id] = p
		r.running.Add(1)
	}
	r.mu.Unlock()
	if err != nil {
		_ = p.pc.GracefulClose()
		return nil, err
	}
	p.changed() // there may be something to send it
	r.needsChanged(time.Now())
	if list := r.Speakers(); len(list) > 0 {
		p.event(func() { p.handler.Speakers(list) })
	}
	r.watchTimer.SetEarlier(time.Now().Add(watchInterval))
	go func() {
		defer r.running.Done()
		p.run()
	}()
	return p, nil
}

func (r *Room) admits(id PeerID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.admitsLocked(id)
}

func (r *Room) admitsLocked(id PeerID) error {
	switch {
	case r.closed:
		return ErrRoomClosed
	case r.peers[id] != nil:
		return ErrPeerExists
	case len(r.peers) >= r.cfg.MaxPeers:
		return ErrRoomFull
	}
	return nil
}

// removed takes out a peer that has ended.
func (r *Room) removed(p *Peer) {
	r.mu.Lock()
	if r.peers[p.id] == p {
		delete(r.peers, p.id)
	}
	r.mu.Unlock()
	r.needsChanged(time.Now())
	r.publishedChanged(p)
}

// publishedChanged tells all others that what p publishes has changed.
func (r *Room) publishedChanged(p *Peer) {
	for _, o := range r.all() {
		if o != p {
			o.changed()
		}
	}
}

// all returns the peers as they are now.
func (r *Room) all() []*Peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	peers := make([]*Peer, 0, len(r.peers))
	for _, p := range r.peers {
		peers = append(peers, p)
	}
	return peers
}

// published returns all published tracks, in the order of publishing. Of those with one ID, which several connections of an
// owner may publish, only the first counts.
func (r *Room) published() []*receiver {
	var out []*receiver
	for _, p := range r.all() {
		out = append(out, p.routes.Load().receivers...)
	}
	slices.SortFunc(out, func(a, b *receiver) int { return cmp.Compare(a.order, b.order) })
	seen := make(map[string]bool, len(out))
	return slices.DeleteFunc(out, func(r *receiver) bool {
		again := seen[r.track.ID]
		seen[r.track.ID] = true
		return again
	})
}

// tracksFor returns what p is to be sent, in the order of publishing.
func (r *Room) tracksFor(p *Peer) []*receiver {
	return slices.DeleteFunc(r.published(), func(rc *receiver) bool { return !p.wants(rc) })
}

// Close ends all peers and frees the sockets. When it returns, every goroutine of the room has ended. It must not be
// called by a Handler.
func (r *Room) Close() error {
	r.mu.Lock()
	closed := r.closed
	r.closed = true
	r.mu.Unlock()
	if closed {
		return ErrRoomClosed
	}
	for _, p := range r.all() {
		p.Close()
	}
	r.running.Wait()
	r.wheel.Close()
	r.transport.close()
	return nil
}
