package signaling

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"strings"
	"time"

	"github.com/pion/webrtc/v4"
	"golang.org/x/time/rate"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/signaling/quality"
)

// peer is one connected endpoint: an identity, a websocket that may be lost for a while, and a media connection.
// media.go is its side towards the sfu.
type peer struct {
	id     sfu.PeerID
	token  string // proves that a new websocket comes from the same page
	seq    uint64 // order of joining
	room   *room
	since  time.Time     // it joined
	seat   string        // of one key holder's peers, a newer one replaces the older one with the same seat; "": our websocket
	frames *rate.Limiter // of data channel frames

	deliveries deliveries    // of the same
	offers     *rate.Limiter // of its own; used by the websocket's goroutine only
	fresh      *rate.Limiter // media connections that it may have anew

	// Guarded by room.mu.
	who        identity // the name follows the invitee list
	alias      string   // what it calls itself besides
	quiet      bool     // it neither sends nor takes media, as far as is known
	conn       teller   // nil while the websocket is lost
	media      *media   // nil when it has ended, until the peer comes back with a fresh PeerConnection
	state      json.RawMessage
	offersMade uint64         // by the room, one by one
	tracks     []signal.Track // those of before stay while the media is made anew
	flowed     bool           // its media was connected once
	connected  bool           // as others were told last; noticeLocked keeps it
	lost       *time.Timer    // runs while conn is nil
	lostAt     time.Time      // when conn was lost last
	away       *time.Timer    // runs until others are told that it is not reachable; nil: they are, or it is
	gone       bool
	played     quality.Report       // what its page said last of playing
	totals     *control.PeerQuality // of the last picture; nil before the first
}

// newPeer makes a peer of who, which is told by way of t. It is not in the room yet.
func newPeer(r *room, who identity, t teller) *peer {
	id := strings.ToLower(rand.Text()[:16])
	p := &peer{
		id:     sfu.PeerID(id),
		token:  id + "." + rand.Text(),
		room:   r,
		since:  time.Now(),
		offers: rate.NewLimiter(rate.Limit(r.limits.offers), r.limits.offerRun),
		frames: rate.NewLimiter(rate.Limit(r.limits.frames), r.limits.frameRun),
		fresh:  rate.NewLimiter(rate.Limit(r.limits.fresh), r.limits.freshRun),
		who:    who,
		conn:   t,
		state:  json.RawMessage("{}"),

		connected: true,
	}
	p.media = newMedia(p)
	return p
}

// opens reports, in constant time, whether token is the peer's.
func (p *peer) opens(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(p.token)) == 1
}

// manages reports whether the peer may ask rehab to stop the session or remove somebody.
func (p *peer) manages() bool { return p.who.verified && p.who.kind == control.User }

// viewLocked is the peer as others are told of it.
func (p *peer) viewLocked() signal.Peer {
	tracks := p.tracks
	if tracks == nil {
		tracks = []signal.Track{}
	}
	return signal.Peer{
		ID: string(p.id), Kind: p.who.kind, UUID: p.who.uuid, Name: p.shownName(), Verified: p.who.verified,
		Connected: p.connected, State: p.state, Tracks: tracks, Quiet: p.quiet,
	}
}

// shownName is its name for the others, who may see several peers of one invitee.
func (p *peer) shownName() string {
	if p.alias == "" {
		return p.who.name
	}
	return p.who.name + " (" + p.alias + ")"
}

// controlLocked is the peer as rehab is told of it.
func (p *peer) controlLocked() control.Peer {
	return control.Peer{
		ID: string(p.id), Kind: p.who.kind, UUID: p.who.uuid, Name: p.who.name, Verified: p.who.verified,
		Connected: p.connected, Waits: robotOf(p) != nil,
	}
}

// mediaPeer is the peer's media connection, or nil while there is none.
func (p *peer) mediaPeer() *sfu.Peer {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return p.mediaPeerLocked()
}

func (p *peer) mediaPeerLocked() *sfu.Peer {
	if p.media == nil {
		return nil
	}
	return p.media.conn
}

// reachableLocked reports whether the peer counts as connected: its media flows, or, before it ever did, its websocket is
// there. A peer that only lost its websocket goes on being seen and heard.
func (p *peer) reachableLocked() bool {
	if b := robotOf(p); b != nil {
		return !b.interrupted
	}
	if p.media != nil && p.media.state == webrtc.PeerConnectionStateConnected {
		return true
	}
	return p.conn != nil && !p.flowed
}

// awayLocked replaces the timer away.
func (p *peer) awayLocked(t *time.Timer) {
	if p.away != nil {
		p.away.Stop()
	}
	p.away = t
}

// sendLocked queues m for the peer's websocket. While that is lost nothing is queued: a resume tells everything anew.
func (p *peer) sendLocked(m signal.ServerMessage) {
	if p.conn != nil {
		p.conn.tell(m, encode(m))
	}
}

// send is sendLocked for callers without the lock.
func (p *peer) send(m signal.ServerMessage) {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.sendLocked(m)
}
