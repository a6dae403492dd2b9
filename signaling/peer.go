package signaling

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"strings"
	"time"

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
	made       chan struct{} // closed when media is made, or never will be

	// Guarded by room.mu.
	who        identity // the name follows the invitee list
	alias      string   // what it calls itself besides
	conn       teller   // nil while the websocket is lost
	media      *sfu.Peer
	state      json.RawMessage
	tracks     []signal.Track
	offer      *signal.ServerOffer // sent, not answered
	offered    bool                // there was one
	reduced    signal.Reduced      // as last told; told again after a resume
	stalled    signal.Stalled      // as last told; told again after a resume
	layers     signal.Layers       // as last told
	candidates []signal.Candidate  // the media's own, to be told again after a resume
	speakers   signal.Speakers     // as last told
	lost       *time.Timer         // runs while conn is nil
	gone       bool
	played     quality.Report       // what its page said last of playing
	totals     *control.PeerQuality // of the last picture; nil before the first
}

// maxCandidates bounds peer.candidates; a room has a handful.
const maxCandidates = 64

// newPeer makes a peer of who, which is told by way of t. It is not in the room yet.
func newPeer(r *room, who identity, t teller) *peer {
	id := strings.ToLower(rand.Text()[:16])
	return &peer{
		id:     sfu.PeerID(id),
		token:  id + "." + rand.Text(),
		room:   r,
		since:  time.Now(),
		offers: rate.NewLimiter(rate.Limit(r.limits.offers), r.limits.offerRun),
		frames: rate.NewLimiter(rate.Limit(r.limits.frames), r.limits.frameRun),
		who:    who,
		conn:   t,
		made:   make(chan struct{}),
		state:  json.RawMessage("{}"),
	}
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
		Connected: p.conn != nil, State: p.state, Tracks: tracks,
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
		Connected: p.conn != nil,
	}
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
