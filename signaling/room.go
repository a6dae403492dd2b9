package signaling

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/signaling/quality"
)

// room is the membership of one session: who may enter, who is there. Its media is an sfu.Room.
type room struct {
	log      *slog.Logger
	media    *sfu.Room
	keys     keys
	limits   limits
	maxPeers int
	steered  bool    // rehab tells it its session
	events   *events // to rehab
	gauge    gauge
	relay    relay
	port     int // of the room in the URLs of the outside

	// mu guards the fields below and those of peers. It is held for map work and for putting messages into queues,
	// which never block: so everybody is told of changes in the same order.
	mu       sync.Mutex
	session  control.Session
	invitees map[control.Who]control.Invitee
	pages    map[control.Who]time.Time // when rehab was last told that an invitee loads the page
	peers    map[sfu.PeerID]*peer
	conns    map[teller]bool // joined or not
	whip     whipDesk
	joins    uint64
	calls    calls
	ready    bool
	closed   *ending // set when the room is over

	told     chan struct{} // closed when the first session has come
	stopping chan ending   // capacity 1: rehab asked the room to end

	ctx    context.Context // of websockets; ends after they had time to say goodbye
	cancel context.CancelFunc
}

func newRoom(cfg Config, media *sfu.Room) *room {
	ctx, cancel := context.WithCancel(context.Background())
	return &room{
		ctx: ctx, cancel: cancel,
		log: cfg.Log, media: media, keys: newKeys(cfg.Key, cfg.Secret), limits: cfg.limits, maxPeers: cfg.MaxPeers,
		steered:  cfg.Control != nil,
		events:   newEvents(),
		gauge:    gauge{meter: quality.NewMeter()},
		port:     cfg.Port,
		relay:    relay{urls: cfg.TURNURLs, key: cfg.TURNKey, port: mediaPort(cfg, media)},
		invitees: map[control.Who]control.Invitee{},
		pages:    map[control.Who]time.Time{},
		peers:    map[sfu.PeerID]*peer{},
		conns:    map[teller]bool{},
		whip:     newWHIPDesk(),
		calls:    calls{most: callsPerPeer * cfg.MaxPeers, of: map[control.Who]int{}},
		told:     make(chan struct{}),
		stopping: make(chan ending, 1),
	}
}

// admit returns who holds key, if it opens the page of kind now.
func (r *room) admit(kind, key string) (identity, bool) {
	who, ok := r.keys.check(kind, key)
	if !ok || !who.verified {
		return who, ok
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	invitee, ok := r.invitees[who.who()]
	who.name = invitee.Name
	return who, ok
}

// changedLocked tells everybody else, and rehab, what p is like now.
func (r *room) changedLocked(p *peer) {
	r.othersLocked(p, signal.PeerUpdate{Peer: p.viewLocked()})
	view := p.controlLocked()
	r.events.publish(control.Event{Type: control.EventJoined, Peer: &view})
}

// noticeLocked tells everybody else, and rehab, if p is reachable now and was not before, or the other way. One whose
// websocket is there has a moment to restore its media: an ICE restart is nothing that others notice.
func (r *room) noticeLocked(p *peer) {
	now := p.reachableLocked()
	switch {
	case p.gone || now == p.connected:
		p.awayLocked(nil)
	case now || p.conn == nil:
		p.awayLocked(nil)
		p.connected = now
		r.changedLocked(p)
	case p.away == nil:
		p.awayLocked(time.AfterFunc(r.limits.away, func() { r.missed(p) }))
	}
}

// missed tells everybody that p is not reachable, if that is still so.
func (r *room) missed(p *peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.connected && !p.gone && !p.reachableLocked() {
		p.connected = false
		r.changedLocked(p)
	}
	p.awayLocked(nil)
}

// othersLocked sends m to everybody but p.
func (r *room) othersLocked(p *peer, m signal.ServerMessage) {
	raw := encode(m)
	for _, o := range r.peers {
		if o != p && o.conn != nil {
			o.conn.tell(m, raw)
		}
	}
}

// sortedLocked is the peers in order of joining.
func (r *room) sortedLocked() []*peer {
	return slices.SortedFunc(maps.Values(r.peers), func(a, b *peer) int { return cmp.Compare(a.seq, b.seq) })
}

func (r *room) inviteesLocked() []signal.Invitee {
	list := make([]signal.Invitee, 0, len(r.session.Invitees))
	for _, i := range r.session.Invitees {
		list = append(list, signal.Invitee(i))
	}
	return list
}
