package sfu

import "github.com/pion/webrtc/v4"

// Peer is one endpoint of a room.
type Peer struct{ id PeerID }

// ID is the id that Join was given.
func (p *Peer) ID() PeerID { return p.id }

// Offer takes a client offer and what each of its m-lines publishes. The answer comes through Handler.Answer; an
// offer that collides with an unanswered server offer is ignored (the client is the polite side and offers again).
func (p *Peer) Offer(sdp string, tracks []PublishedTrack) error { return ErrPeerClosed }

// Answer takes the client's answer to the last server offer.
func (p *Peer) Answer(sdp string) error { return ErrPeerClosed }

// Candidate adds a candidate of the client.
func (p *Peer) Candidate(c webrtc.ICECandidateInit) error { return ErrPeerClosed }

// Send sends a data channel frame on the channel with the given label. It never blocks: a frame that finds the
// queue full is dropped with ErrQueueFull.
func (p *Peer) Send(label string, data []byte, isText bool) error { return ErrPeerClosed }

// Close ends the peer: its subscribers stop at once. Handler.Closed follows.
func (p *Peer) Close() {}
