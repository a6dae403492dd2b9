package signaling

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
	"golang.org/x/time/rate"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/signaling/sdpfrag"
)

// whipPeer is a peer whose client speaks HTTP only. It stands where others have their websocket: what a page would be told is
// dropped, the end counts. It is there until DELETE, the end of its media, or an end of the room's.
type whipPeer struct {
	sfu.Handler // the peer's media
	peer        *peer
	room        *room
	protocol    httpProtocol
	id          string            // of the resource, unguessable; the peer's own is told to others
	key         [sha256.Size]byte // hash of the one that made it
	who         identity
	watch       *watch // nil: it publishes
	media       *sfu.Peer

	patches *rate.Limiter
	busy    chan struct{} // capacity 1: held by the request whose turn it is
	done    chan struct{} // closed when the peer has ended
	failed  chan struct{} // closed when the media has ended, because of err
	err     error
	listens chan struct{} // closed when the client's checks of ICE are heard
	hears   sync.Once
	unheard *iceSide // answer to a restart of ICE whose client had gone; of who holds busy

	mu      sync.Mutex // guards the fields below
	etag    string     // of the ICE session
	offer   string     // the last that was answered
	past    []string   // username fragments of ICE sessions before
	tracks  []sfu.PublishedTrack
	waiting *whipAnswer
}

// whipDesk is the WHIP and WHEP peers of a room. Its fields are guarded by room.mu.
type whipDesk struct {
	peers map[string]*whipPeer
	posts map[control.Who]*rate.Limiter // of each holder of a key
}

func newWHIPDesk() whipDesk {
	return whipDesk{peers: map[string]*whipPeer{}, posts: map[control.Who]*rate.Limiter{}}
}

const (
	whipPatches = 5  // per second of one resource, in the long run: some clients send each candidate by itself
	whipRun     = 60 // and at once
	maxWatches  = 8  // WHEP peers of one key holder at once
)

// newID is a name that cannot be guessed.
func newID() string { return strings.ToLower(rand.Text()) }

// whipMayPost reports whether who may post an offer now.
func (r *room) whipMayPost(who identity) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := who.who()
	if !who.verified {
		key = control.Who{}
	}
	l := r.whip.posts[key]
	if l == nil {
		for old := range r.whip.posts { // bounds the map: of those who are not invited any more
			if _, listed := r.invitees[old]; !listed && old != (control.Who{}) {
				delete(r.whip.posts, old)
			}
		}
		l = rate.NewLimiter(rate.Limit(r.limits.posts), r.limits.postRun)
		r.whip.posts[key] = l
	}
	return l.Allow()
}

// whipPeer returns the peer of a resource, or nil.
func (r *room) whipPeer(p httpProtocol, id string) *whipPeer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.whip.peers[id]; c != nil && c.protocol == p {
		return c
	}
	return nil
}

func (r *room) newWHIPPeer(p httpProtocol, who identity, key string, o whipOffer) *whipPeer {
	c := &whipPeer{
		room: r, protocol: p, id: newID(), key: sha256.Sum256([]byte(key)), who: who, etag: newTag(), tracks: o.tracks,
		patches: rate.NewLimiter(whipPatches, whipRun),
		busy:    make(chan struct{}, 1), done: make(chan struct{}), failed: make(chan struct{}), listens: make(chan struct{}),
	}
	c.peer = newPeer(r, who, c)
	c.Handler = c.peer.media
	c.peer.seat = p.name + ":" + o.source // a newer publication replaces the older one of the same source
	if p.watches || !who.verified && who.name == "" {
		c.peer.seat = p.name + ":" + c.id
	}
	c.peer.state, _ = json.Marshal(o.state()) // a map of booleans
	return c
}

// whipJoin puts c into the room.
func (r *room) whipJoin(c *whipPeer) error {
	r.mu.Lock()
	who, err := r.admittedLocked(c.who)
	if err == nil && c.watch != nil && r.watchesLocked(who) >= maxWatches {
		err = refusal{http.StatusTooManyRequests, 10, "too many players at once"}
	}
	if err != nil {
		r.mu.Unlock()
		return err
	}
	c.peer.who = who
	closing, err := r.enterLocked(c.peer)
	if err != nil {
		r.mu.Unlock()
		return err
	}
	r.whip.peers[c.id] = c
	own := c.peer.media
	o := sfu.Options{Answers: true, Wants: func(sfu.Track) bool { return false }}
	if c.watch != nil {
		o.Ignores, o.Wants = true, c.watch.wants
		c.watch.chooseLocked(c)
	}
	r.mu.Unlock()
	closeMedia(closing)
	if err := r.connect(own, c, o); err != nil {
		return err
	}
	media := c.peer.mediaPeer()
	r.mu.Lock()
	c.media = media
	r.mu.Unlock()
	return nil
}

// watchesLocked is how many players with the key of who there are.
func (r *room) watchesLocked(who identity) int {
	n := 0
	for _, c := range r.whip.peers {
		if c.watch != nil && c.who.verified == who.verified && (!who.verified || c.who.same(who)) {
			n++
		}
	}
	return n
}

// madeWith reports, in constant time, whether key is the one that made c.
func (c *whipPeer) madeWith(key string) bool {
	hash := sha256.Sum256([]byte(key))
	return subtle.ConstantTimeCompare(hash[:], c.key[:]) == 1
}

// These are its methods as a teller.

func (c *whipPeer) tell(m signal.ServerMessage, _ []byte) {
	if c.watch != nil {
		c.watch.heedLocked(c, m)
	}
}

func (c *whipPeer) end(ending) {
	if c.room.whip.peers[c.id] == c {
		delete(c.room.whip.peers, c.id)
		close(c.done)
	}
}

func (c *whipPeer) holder() identity          { return c.who }
func (c *whipPeer) finished() <-chan struct{} { return c.done }

// These are methods of sfu.Handler.

// Answer keeps the answer for exchange.
func (c *whipPeer) Answer(sdp string) { c.answered(func(a *whipAnswer) { a.take(sdp) }) }

// Candidate keeps a candidate for exchange.
func (c *whipPeer) Candidate(i *webrtc.ICECandidateInit) {
	c.answered(func(a *whipAnswer) { a.candidate(i) })
}

// State says when the client's checks are heard: Pion drops those that come before it has begun with its own.
func (c *whipPeer) State(s webrtc.PeerConnectionState) {
	c.hears.Do(func() { close(c.listens) })
	c.Handler.State(s)
}

// Closed says that the media has ended.
func (c *whipPeer) Closed(err error) {
	c.err = err
	close(c.failed)
	c.Handler.Closed(err)
}

func (c *whipPeer) answered(f func(*whipAnswer)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting != nil {
		f(c.waiting)
	}
}

// tag is the entity tag of the ICE session.
func (c *whipPeer) tag() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.etag
}

func newTag() string { return `"` + newID() + `"` }

// How long an answer may take, and its candidates after it: the room's are its own addresses, which are known at once.
const (
	answerWait    = 5 * time.Second
	candidateWait = time.Second
)

var errNoAnswer = refusal{http.StatusServiceUnavailable, 1, "the offer was not answered in time"}

// take waits for the turn of a request, which ends with give.
func (c *whipPeer) take(ctx context.Context) error {
	late := time.NewTimer(answerWait)
	defer late.Stop()
	select {
	case c.busy <- struct{}{}:
		return nil
	default:
	}
	select {
	case c.busy <- struct{}{}:
		return nil
	case <-late.C:
	case <-ctx.Done():
	}
	return refusal{http.StatusConflict, 1, "an earlier request is not answered yet"}
}

func (c *whipPeer) give() { <-c.busy }

// exchange gives offer to the media and returns the answer with all candidates of the room. It is the caller's turn.
func (c *whipPeer) exchange(ctx context.Context, offer string) (answer string, candidates []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	a := newWHIPAnswer()
	c.mu.Lock()
	c.waiting = a
	c.mu.Unlock()
	if err := c.media.Offer(offer, c.tracks); err != nil {
		return "", nil, err
	}
	select {
	case <-a.answered:
	case <-c.failed:
		if c.err == nil {
			return "", nil, refusal{status: http.StatusConflict, text: "it was ended, or replaced by a newer one, before it was answered"}
		}
		return "", nil, sfu.ErrBadDescription // nothing else ends a connection before it is made
	case <-ctx.Done():
		return "", nil, errNoAnswer
	}
	wait, enough := context.WithTimeout(context.Background(), candidateWait)
	defer enough()
	for _, ready := range []chan struct{}{a.complete, c.listens} { // FFmpeg 8 does not send its first check again
		select {
		case <-ready:
		case <-wait.Done():
		case <-c.failed:
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting, c.offer = nil, offer
	sdpfrag.Order(a.candidates)
	return sdpfrag.Setup(a.sdp, offer), a.candidates, nil
}
