package signaling

import (
	"net/url"
	"sync/atomic"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// watch is what a WHEP client watches: one picture and one sound of one peer. Which peer is decided here, anew each time that
// somebody comes, goes, publishes something else or speaks; the media follows without a new offer.
type watch struct {
	peer    string // id or uuid of the one to watch; "": the first of the others
	track   string // id of the one track to watch; "": any
	source  string
	speaker bool // whoever speaks, while they show a picture

	chosen atomic.Pointer[sfu.PeerID] // nil: nobody yet
	heard  []signal.Speaker           // who speaks; guarded by room.mu, as is spoke
	spoke  sfu.PeerID                 // the last of them who could be watched
}

func newWatch(query url.Values) *watch {
	w := &watch{peer: query.Get("peer"), track: query.Get("track"), source: query.Get("source"), speaker: query.Get("speaker") == "1"}
	if w.source == "" {
		w.source = signal.SourceCamera
	}
	return w
}

// wants is sfu.Options.Wants.
func (w *watch) wants(t sfu.Track) bool {
	if w.track != "" {
		return t.ID == w.track
	}
	chosen := w.chosen.Load()
	if chosen == nil || *chosen != t.Peer {
		return false
	}
	return t.Source == w.source || t.Kind == sfu.KindAudio && t.Source == signal.SourceCamera // a second camera has no sound of its own
}

// heedLocked looks again whom to watch when the room tells of a change.
func (w *watch) heedLocked(c *whipPeer, m signal.ServerMessage) {
	switch m := m.(type) {
	case signal.PeerUpdate, signal.Left:
	case signal.Speakers:
		w.heard = m.Speakers
	default:
		return
	}
	w.hearLocked(c)
	if w.chooseLocked(c) && c.media != nil {
		c.media.Rewant()
	}
}

// hearLocked notes who of those who speak is to be watched: the first who may be, and shows a picture. Whoever else speaks, the
// client's own invitee among them, does not take the picture of the last one away.
func (w *watch) hearLocked(c *whipPeer) {
	for _, s := range w.heard {
		if p := c.room.peers[sfu.PeerID(s.Peer)]; p != nil && w.scoreLocked(c, p) > withSound {
			w.spoke = p.id
			return
		}
	}
}

// Scores.
const (
	withSound   = iota + 1
	withPicture // of the source that is wanted
	speaking    // and with a picture, too
)

// chooseLocked chooses whom to watch and reports whether that has changed.
func (w *watch) chooseLocked(c *whipPeer) bool {
	var best *peer
	score := 0
	for _, p := range c.room.sortedLocked() {
		if s := w.scoreLocked(c, p); s > score {
			best, score = p, s
		}
	}
	old := w.chosen.Load()
	if best == nil {
		w.chosen.Store(nil)
		return old != nil
	}
	id := best.id
	w.chosen.Store(&id)
	return old == nil || *old != id
}

// scoreLocked is how much p is to be watched: 0 for not at all; of several with the same the first to join counts.
func (w *watch) scoreLocked(c *whipPeer, p *peer) int {
	switch {
	case p == c.peer, w.peer != "" && w.peer != string(p.id) && w.peer != p.who.uuid:
		return 0
	case w.peer == "" && p.who.verified && p.who.same(c.peer.who): // its own, not another's
		return 0
	}
	score := 0
	for _, t := range p.tracks {
		switch {
		case t.Kind == signal.KindVideo && t.Source == w.source && w.speaker && p.id == w.spoke:
			return speaking
		case t.Kind == signal.KindVideo && t.Source == w.source:
			score = withPicture
		case t.Kind == signal.KindAudio && t.Source == signal.SourceCamera:
			score = max(score, withSound)
		}
	}
	return score
}
