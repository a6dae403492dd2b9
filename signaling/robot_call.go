package signaling

import (
	"errors"
	"fmt"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// call is a connection of a robot's client: it called a virtual client. It is the connection's sfu.Handler
// (robot_media.go).
type call struct {
	robot *robotConn
	id    sfu.PeerID // of the connection; it publishes as the robot's peer
	to    string     // id of the virtual client when it was called
	peer  sfu.PeerID // whom that stands for
	mid   string     // of the first m-line: the candidates of the room are told for it
	sends bool       // the client means to send media on it
	seq   uint64     // in the order of the room's calls

	// Guarded by room.mu.
	remote     *remote   // nil: the virtual client has gone, or has another connection
	media      *sfu.Peer // nil while it is made
	over       bool
	answered   bool
	connected  bool // it was, at some time
	tracks     []signal.Track
	candidates []webrtc.ICECandidateInit // of the room, waiting for the answer
}

const maxEarly = 64 // candidates before their offer

// Reasons why a call is refused.
var (
	errNoRemote  = errors.New("nobody of this id is there")
	errManyCalls = errors.New("too many calls")
)

// callPeer takes an offer to a virtual client.
func (b *robotConn) callPeer(raw []byte) error {
	d, err := decodeRobotData[callPeerData](raw)
	if err != nil {
		return err
	}
	offered, err := readOffer(d.Offer)
	c := &call{
		robot: b, id: sfu.PeerID(newID()), to: d.To, mid: offered.mid, sends: len(offered.tracks) > 0,
	}
	if err == nil && !b.offers.Allow() {
		err = errManyCalls
	}
	if err == nil {
		err = b.connect(c, d.Offer.SDP, offered)
	}
	if err != nil && !errors.Is(err, errNoRemote) { // a refusal by one whom it does not know upsets the native client
		b.send(robotAnswered, answeredData{From: d.To, To: b.id})
	}
	return err
}

// connect makes the connection of c, in place of the one that there may be.
func (b *robotConn) connect(c *call, sdp string, offered offeredMedia) error {
	r := b.room
	r.mu.Lock()
	rem := b.byID[c.to]
	if rem == nil || b.peer.gone {
		r.mu.Unlock()
		return errNoRemote
	}
	old, ok := r.yieldCallLocked(b)
	if !ok {
		r.mu.Unlock()
		return errManyCalls
	}
	c.seq = r.beganLocked(b)
	old = append(old, rem.call.endLocked()...)
	if rem.call != nil {
		rem.call.remote = nil
		if b.publisher == rem.call {
			b.publisher = nil
		}
	}
	early := rem.early
	rem.call, rem.early, rem.due, c.remote, c.peer = c, nil, time.Time{}, rem, rem.peer
	if c.sends && b.publisher == nil {
		b.publisher, b.succeedBy = c, time.Time{}
	}
	options := sfu.Options{Owner: b.peer.id, Answers: true, Wants: wants(rem.remoteKey), Ignores: b.publisher != c}
	if offered.video && !b.video {
		b.video = true
		b.wake()
	}
	if offered.media && !b.media {
		b.media, b.peer.quiet = true, false
		b.showSelfLocked()
	}
	r.mu.Unlock()
	closeMedia(old)

	media, err := r.media.JoinWith(c.id, c, options)
	r.mu.Lock()
	if err != nil {
		r.endedLocked(b)
		c.lostLocked()
		r.mu.Unlock()
		return err
	}
	c.media = media
	over := c.over
	r.mu.Unlock()
	if over { // ended in between
		media.Close()
		return nil
	}
	if err := media.Offer(sdp, offered.tracks); err != nil {
		media.Close()
		return err
	}
	for _, candidate := range early {
		media.Candidate(candidate) //nolint:errcheck // others will do
	}
	return nil
}

// wants is what a connection is sent: what its virtual client stands for.
func wants(key remoteKey) func(sfu.Track) bool {
	return func(t sfu.Track) bool { return t.Peer == key.peer && t.Source == key.source }
}

// candidate takes a candidate of the client's; null, or an empty line, says that there are no more.
func (b *robotConn) candidate(raw []byte) error {
	d, err := decodeRobotData[candidateInData](raw)
	if err != nil {
		return err
	}
	if d.Candidate == nil || d.Candidate.Candidate == "" {
		return nil
	}
	if len(d.Candidate.Candidate) > signal.MaxCandidate {
		return fmt.Errorf("candidate of %d bytes, at most %d", len(d.Candidate.Candidate), signal.MaxCandidate)
	}
	b.room.mu.Lock()
	rem := b.byID[d.To]
	var media *sfu.Peer
	switch {
	case rem == nil:
		err = errNoRemote
	case rem.call != nil:
		media = rem.call.media
	case len(rem.early) < maxEarly:
		rem.early = append(rem.early, *d.Candidate)
	}
	b.room.mu.Unlock()
	if media == nil {
		return err
	}
	return media.Candidate(*d.Candidate)
}

// endLocked marks c as over and returns its media, which the caller closes without the lock. c may be nil.
func (c *call) endLocked() []*sfu.Peer {
	if c == nil || c.over {
		return nil
	}
	c.over = true
	if c.media == nil {
		return nil
	}
	return []*sfu.Peer{c.media}
}

// lostLocked takes c out of the robot: its connection has ended, or is about to.
func (c *call) lostLocked() {
	b := c.robot
	c.over = true
	delete(b.retired, c)
	if c.remote != nil && c.remote.call == c {
		c.remote.call = nil
	}
	if b.publisher == c {
		b.publisher = nil
		b.succeedBy = time.Now().Add(succeedAfter)
		b.wake()
	}
	c.tracks = nil
	b.publishLocked()
}

// succeedAfter is how long to wait for the other calls to end as well, before one of them is made to carry the media.
const succeedAfter = time.Second
