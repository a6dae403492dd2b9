package sfu

import "time"

// Options change what a peer is in its room. The zero value is an ordinary peer, as Join makes it.
type Options struct {
	// Owner is the peer as which it publishes (Track.Peer, Track.ID), for somebody who has several connections. A
	// connection is sent nothing that its owner or another connection of its owner publishes. What several connections of
	// an owner publish under one name counts once: that of the first, and when it goes that of the next. "": the id itself.
	Owner PeerID

	// Answers says that the client makes all offers (WHIP, WHEP, opentera-webrtc). The room sends on the client's own
	// m-lines, in its answers, and never offers. Each m-line that the client receives on is answered so that the room sends
	// there, with a track or without one yet, and shows one wanted track of its kind, the first in publishing order first.
	// When that goes, or another comes first, the track is swapped in place: the same SSRC, with numbers and timestamps
	// that go on, from the next keyframe, without an offer.
	Answers bool

	// Wants says what of all that is published the peer is sent; nil: everything. It may be called from any goroutine, with
	// none of the room's locks held, and must not block. See Peer.Rewant.
	Wants func(Track) bool

	// Ignores says that what the client sends is not taken: its m-lines are answered so that it does not send.
	Ignores bool

	// Lite says that the room is ICE-lite towards this client (RFC 8445, section 2.5): it makes no checks of its own, and takes
	// the path that the client nominates at once. For clients that nominate as soon as a path works: those with libwebrtc, so that
	// they are offered its payload types, too.
	Lite bool
}

// Rewant says that Options.Wants has changed its mind.
func (p *Peer) Rewant() {
	p.changed()
	p.room.needsChanged(time.Now())
}

// wants reports whether p is to be sent r.
func (p *Peer) wants(r *receiver) bool {
	return r.peer.opt.Owner != p.opt.Owner && (p.opt.Wants == nil || p.opt.Wants(r.track))
}

// gets reports whether p is to be sent r, and can be.
func (p *Peer) gets(r *receiver) bool {
	return p.wants(r) && (!p.opt.Answers || p.senderOf(r) != nil)
}
