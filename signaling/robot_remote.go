package signaling

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// remoteKey names what a virtual client stands for: one source of one other peer.
type remoteKey struct {
	peer   sfu.PeerID
	source string
}

// remote is a virtual client: what one robot sees of another peer. That of the camera is there as soon as the peer is,
// whatever it publishes. All is guarded by room.mu.
type remote struct {
	remoteKey
	id      string                    // in the robots' protocol; another each time that it is to be called anew
	call    *call                     // nil: the client has not called it
	early   []webrtc.ICECandidateInit // came before the offer
	tries   int                       // times that the client was asked to call
	due     time.Time                 // when it is asked next; zero: not any more
	fails   int                       // connections in a row that came to nothing
	hangUps int                       // times that the client has hung up
}

// When a client is asked to call somebody. Most do it by themselves, as soon as they see the virtual client.
const (
	firstCall = 2 * time.Second  // after it was shown; then after twice as long, and so on
	maxCalls  = 5                // times
	maxFail   = 64 * time.Second // at most until a connection that failed is tried anew
)

// clientsLocked is what the client is to see in its room, in order of joining: itself, the robots of its group and
// everybody who is no robot. Virtual clients are made for those who are new, and all that are still meant are in keep.
func (b *robotConn) clientsLocked(now time.Time) (list []clientData, keep map[remoteKey]bool) {
	keep = map[remoteKey]bool{}
	show := func(key remoteKey, name string, data json.RawMessage) {
		keep[key] = true
		list = append(list, clientData{ID: b.remoteLocked(key, now).id, Name: name, Data: data})
	}
	for _, p := range b.room.sortedLocked() {
		o := robotOf(p)
		switch {
		case o == b:
			list = append(list, clientData{ID: b.id, Name: b.name, Data: b.data})
		case o != nil && o.group == b.group:
			show(remoteKey{p.id, signal.SourceCamera}, o.name, o.data)
		case o == nil:
			for _, source := range b.sourcesLocked(p) {
				show(remoteKey{p.id, source}, remoteName(p, source), remoteData(p, source))
			}
		}
	}
	return list, keep
}

// sourcesLocked is what there is to see of p: the first is always there, for sound, data and a picture to come.
func (b *robotConn) sourcesLocked(p *peer) []string {
	list := []string{signal.SourceCamera}
	for _, t := range p.tracks {
		if b.video && t.Kind == signal.KindVideo && !slices.Contains(list, t.Source) {
			list = append(list, t.Source)
		}
	}
	return list
}

func remoteName(p *peer, source string) string {
	name := p.shownName()
	if name == "" {
		name = p.who.kind
	}
	if source != signal.SourceCamera {
		name += " (" + source + ")"
	}
	return name
}

func remoteData(p *peer, source string) json.RawMessage {
	raw, err := json.Marshal(map[string]string{"kind": p.who.kind, "peer": string(p.id), "source": source})
	if err != nil {
		panic(err) // text only
	}
	return raw
}

func (b *robotConn) remoteLocked(key remoteKey, now time.Time) *remote {
	rem := b.remotes[key]
	if rem == nil {
		rem = &remote{remoteKey: key, id: uuid.NewString(), due: now.Add(firstCall)}
		b.remotes[key], b.byID[rem.id] = rem, rem
	}
	return rem
}

// forgetLocked takes away a virtual client whose peer or source has gone. Its connection goes with it, unless it is the
// one that carries the client's own media and another has to be found first.
func (b *robotConn) forgetLocked(rem *remote, now time.Time) []*sfu.Peer {
	delete(b.remotes, rem.remoteKey)
	delete(b.byID, rem.id)
	c := rem.call
	if c == nil {
		return nil
	}
	rem.call, c.remote = nil, nil
	if c != b.publisher {
		return c.endLocked()
	}
	b.publisher = nil
	b.retireLocked(c, now)
	return nil
}

// inheritLocked finds somebody in place of a virtual client that has gone with the connection on which the client
// publishes. If there is nobody, those that were kept until then are to be closed.
func (b *robotConn) inheritLocked(now time.Time) []*sfu.Peer {
	if b.publisher != nil || len(b.retired) == 0 || b.succeedLocked(now) {
		return nil
	}
	for _, rem := range b.remotes {
		if rem.call == nil && !rem.due.IsZero() {
			return nil // it is to be called
		}
	}
	return b.retiredLocked()
}

// succeedLocked has the client call somebody anew, on whose connection it is to publish from then on: there is no
// renegotiation in this protocol. It reports whether there is anybody.
func (b *robotConn) succeedLocked(now time.Time) bool {
	b.succeedBy = time.Time{}
	for _, p := range b.room.sortedLocked() {
		for _, rem := range b.remotes {
			if rem.peer == p.id && rem.call != nil && rem.call.sends {
				b.renewLocked(rem, now)
				return true
			}
		}
	}
	return false
}

// renewLocked gives a virtual client another id, so that the client calls it anew, at due; it would not call somebody
// with whom it thinks it is connected. The connection that there is goes on until the client publishes on another.
func (b *robotConn) renewLocked(rem *remote, due time.Time) {
	if c := rem.call; c != nil {
		c.remote = nil
		b.retireLocked(c, time.Now())
	}
	delete(b.byID, rem.id)
	rem.id, rem.call, rem.early, rem.tries, rem.due = uuid.NewString(), nil, nil, 0, due
	b.byID[rem.id] = rem
	b.wake()
}

// retireTime is how long a connection without a virtual client may last.
const retireTime = 10 * time.Second

func (b *robotConn) retireLocked(c *call, now time.Time) {
	b.retired[c] = true
	b.retireBy = now.Add(retireTime)
	b.wake()
}

// retiredLocked ends those connections.
func (b *robotConn) retiredLocked() (closing []*sfu.Peer) {
	for c := range b.retired {
		closing = append(closing, c.endLocked()...)
	}
	clear(b.retired)
	return closing
}

// idsLocked is the virtual clients as the client was last told, in its order.
func (b *robotConn) idsLocked() []string {
	ids := []string{}
	for _, c := range b.told {
		if b.byID[c] != nil {
			ids = append(ids, c)
		}
	}
	return ids
}

// hangUpLocked ends all connections; nobody is asked to call again.
func (b *robotConn) hangUpLocked() []*sfu.Peer {
	closing := b.mediaLocked()
	for _, rem := range b.remotes {
		rem.call, rem.early, rem.due = nil, nil, time.Time{}
	}
	clear(b.retired)
	b.publisher, b.succeedBy = nil, time.Time{}
	b.restedLocked()
	b.publishLocked()
	return closing
}
