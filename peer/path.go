package peer

import (
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/pion/webrtc/v4"
)

const (
	lookEvery  = 250 * time.Millisecond
	probeWait  = 2500 * time.Millisecond // for the room to answer a websocket ping when media has trouble
	stuckFor   = 15 * time.Second        // the room could not make a track flow
	stuckRest  = time.Minute             // since the last fresh connection, if that has not helped
	watchEvery = 500 * time.Millisecond  // for a change of the local addresses
)

// path is the watch over the way to the room. It is owned by the loop.
type path struct {
	ladder  ladder
	flowed  time.Time // when last everything flowed that should
	hopeful bool      // see sight
	gone    bool      // see sight
	probed  time.Time // when the websocket was asked last whether it is alive; zero: there was no need

	addresses []netip.Addr
	watched   time.Time
}

// look sees how media flows and does what is to be done. It runs on the loop each lookEvery.
func (p *Peer) look(now time.Time, retry *time.Timer) {
	p.watchAddresses(now, retry)
	p.tellPlayed(now)
	l, w := &p.loop, &p.loop.path
	c := l.pc
	if c == nil {
		return
	}
	if !l.welcome {
		if c.pc.ConnectionState() != webrtc.PeerConnectionStateConnected {
			p.setMedia(false) // more cannot be done before the room is back
		}
		return
	}
	if p.flows(c, latest(w.ladder.at, c.since), now) {
		w.flowed = now
	}
	s := sight{
		now: now, state: c.pc.ConnectionState(), since: c.since, gone: w.gone, flowed: w.flowed, hopeful: w.hopeful,
		described: c.pc.RemoteDescription() != nil,
	}
	s.relayed = s.state == webrtc.PeerConnectionStateDisconnected && c.relayed()
	well := s.well()
	p.setMedia(well)
	if well && now.Sub(w.flowed) < packetGap {
		w.probed, w.hopeful = time.Time{}, false
	} else {
		s.heard = p.probe(now)
	}
	if stuck := p.stuckSince(); !stuck.IsZero() && now.Sub(stuck) > stuckFor && now.Sub(w.ladder.freshAt) > stuckRest {
		w.ladder.broken()
	}
	s.heard = s.heard || w.ladder.forced // the room speaks of it
	switch w.ladder.look(s) {
	case stepRestart:
		p.log.Info("media does not flow: looking for a new path", "state", s.state.String())
		w.gone, w.hopeful = false, false
		c.restart = true
		p.negotiate()
	case stepFresh:
		p.log.Info("media does not flow: making a fresh connection", "state", s.state.String())
		p.refresh()
	}
}

// probe asks whether the websocket is alive, and ends it if it is not. It reports whether the room was heard since then.
func (p *Peer) probe(now time.Time) bool {
	w, link := &p.loop.path, p.loop.link
	if link == nil {
		return false
	}
	heard := link.heardAt()
	switch {
	case w.probed.IsZero():
		w.probed = now
		link.ping()
		return false
	case heard.After(w.probed):
		return true
	case now.Sub(w.probed) > probeWait:
		p.log.Info("the websocket does not answer")
		link.close()
	}
	return false
}

// refresh gives the connection up: the peer comes back to the room with a fresh one.
func (p *Peer) refresh() {
	l := &p.loop
	l.fresh = true
	l.attempts = 0
	l.path.gone, l.path.hopeful = false, false
	if l.link != nil {
		l.link.close()
	}
}

// watchAddresses looks whether this machine's addresses have changed. A websocket or a path whose own address is gone is
// given up at once; with a new address what is lost is tried again without waiting.
func (p *Peer) watchAddresses(now time.Time, retry *time.Timer) {
	l, w := &p.loop, &p.loop.path
	if now.Sub(w.watched) < watchEvery {
		return
	}
	w.watched = now
	list := p.addresses()
	if list == nil || slices.Equal(list, w.addresses) {
		return
	}
	first := w.addresses == nil
	w.addresses = list
	if first {
		return
	}
	p.log.Info("local addresses have changed", "addresses", len(list))
	if l.link != nil && !here(l.link.local(), list) {
		l.link.close()
	}
	if l.link == nil && !l.dialling {
		l.attempts = 0
		retry.Reset(0)
	}
	if c := l.pc; c != nil {
		if !here(c.ownAddress(), list) {
			w.gone = true
		}
		w.hopeful = true
	}
}

// here reports whether addr is unknown, no address of one interface, or among list.
func here(addr netip.Addr, list []netip.Addr) bool {
	return !addr.IsValid() || addr.IsUnspecified() || slices.Contains(list, addr)
}

// relayed reports whether the path in use goes by TURN.
func (c *connection) relayed() bool {
	pair, err := c.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	return err == nil && pair != nil && pair.Local != nil && pair.Local.Typ == webrtc.ICECandidateTypeRelay
}

// ownAddress is the local address of the path in use.
func (c *connection) ownAddress() netip.Addr {
	pair, err := c.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil || pair.Local == nil {
		return netip.Addr{}
	}
	address := pair.Local.Address
	if pair.Local.RelatedAddress != "" { // of what NAT or a relay made of it
		address = pair.Local.RelatedAddress
	}
	addr, err := netip.ParseAddr(address)
	if err != nil || pair.Local.Typ == webrtc.ICECandidateTypePrflx {
		return netip.Addr{}
	}
	return addr.WithZone("").Unmap()
}

// localAddresses are the addresses of this machine, in order; nil when they cannot be read.
func localAddresses() []netip.Addr {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	addresses := make([]netip.Addr, 0, len(list))
	for _, a := range list {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			addresses = append(addresses, prefix.Addr().WithZone("").Unmap())
		}
	}
	slices.SortFunc(addresses, netip.Addr.Compare)
	return addresses
}
