package sfu

import (
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
)

// A client's address changes under it when its router starts again, or forgets. The client does not notice, goes on sending, and
// hears nothing more: ICE stays with the path that it has nominated, until that has failed or the client restarts it. The
// room follows as soon as a check of the client comes from elsewhere while nothing comes from where it was.

// Silence of the old address after which a check from another one is followed. Who has just sent media does not stop for as
// long; of who has not, checks come each 2.5 s (Chromium).
const (
	silentMedia = time.Second
	silentPath  = 3 * time.Second
	recently    = 4 * time.Second
)

// heard is when something last came on the path that packets are sent on, in Unix nanoseconds.
type heard struct {
	any, media atomic.Int64
	count      uint32 // of media; only used by the socket's reader
}

// fromPath notes a packet that came by UDP from an address.
func (l *link) fromPath(from netip.AddrPort, media bool) {
	if media {
		if l.heard.count++; l.heard.count%16 != 0 { // not each one: it is the packet path
			return
		}
	}
	if p := l.path.Load(); p == nil || p.to != from {
		return
	}
	now := time.Now().UnixNano()
	l.heard.any.Store(now)
	if media {
		l.heard.media.Store(now)
	}
}

// begins reports whether check is the first of an ICE session. If the room is ICE-lite, its path is taken until the client
// nominates one, as a rule the same: that can be a second later, while DTLS has come by it already.
func (l *link) begins(check *stun.Message) bool {
	var name stun.Username
	if name.GetFrom(check) != nil || name.String() == l.began {
		return false
	}
	l.began = name.String()
	l.session.Add(1)
	return true
}

// moved is asked by ICE at each check of the client: true makes pair the path.
func (l *link) moved(check *stun.Message, _, remote ice.Candidate, _ *ice.CandidatePair) bool {
	if l.begins(check) {
		return l.lite
	}
	p := l.path.Load()
	if p == nil || p.conn != nil || !remote.NetworkType().IsUDP() {
		return false
	}
	if p.session != l.session.Load() { // a restart chooses; a room that has its pair would not nominate one, and the client wait
		return false
	}
	ip, err := netip.ParseAddr(remote.Address())
	if err != nil || netip.AddrPortFrom(ip.Unmap(), uint16(remote.Port())) == netip.AddrPortFrom(p.to.Addr().Unmap(), p.to.Port()) {
		return false
	}
	now := time.Now()
	since := func(at *atomic.Int64) time.Duration { return now.Sub(time.Unix(0, at.Load())) }
	limit := silentPath
	if since(&l.heard.media) < recently {
		limit = silentMedia
	}
	if l.heard.any.Load() == 0 || since(&l.heard.any) < limit {
		return false
	}
	l.heard.any.Store(now.UnixNano()) // it has its chance
	l.peer.room.log.Info("client has another address", "peer", l.peer.id)
	return true
}
