package sfu

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/pion/stun/v4"
)

// maxEarly is how many packets of a client are kept that come before its answer: a check from each of its addresses.
const maxEarly = 16

// early is what comes on a conn before ICE can understand it. A client's first checks come with its answer, or before it; ICE
// would drop them, and not hear of the client again for a while (RFC 8445, section 7.3). They are kept for it; an ICE-lite room
// answers them at once: for that it needs its own password only.
type early struct {
	over bool             // only used by ICE's reader, as the next
	last chan earlyPacket // what was read when the time of keeping ended; closed then

	mu   sync.Mutex // guards the fields below
	kept []earlyPacket
	done bool // nothing is kept any more
}

type earlyPacket struct {
	b    []byte
	from netip.AddrPort
	err  error
}

// begin keeps what comes from now on: ICE reads nothing before it has the client's credentials, and the mux would keep it all.
func (e *early) begin(c *linkedUDPConn) {
	select {
	case <-c.link.checking:
		e.over = true
	default:
		e.last = make(chan earlyPacket, 1)
		go e.keep(c) // until a packet comes after ICE has been started, or c is closed
	}
}

// read is ReadFromAddrPort of the mux's conn, but waits until ICE has been started.
func (e *early) read(c *linkedUDPConn, b []byte) (int, netip.AddrPort, error) {
	for !e.over {
		if p, ok := e.next(c); ok {
			return copy(b, p.b), p.from, p.err
		}
		e.over = true
	}
	return c.io.ReadFromAddrPort(b)
}

// next is the next packet of those that came early; false: there are no more.
func (e *early) next(c *linkedUDPConn) (earlyPacket, bool) {
	select {
	case <-c.link.checking:
	case <-c.closed:
		return earlyPacket{err: net.ErrClosed}, true
	}
	e.mu.Lock()
	e.done = true
	if len(e.kept) > 0 {
		p := e.kept[0]
		e.kept = e.kept[1:]
		e.mu.Unlock()
		return p, true
	}
	e.mu.Unlock()
	p, ok := <-e.last
	return p, ok
}

// keep keeps what comes.
func (e *early) keep(c *linkedUDPConn) {
	defer close(e.last)
	b := make([]byte, maxDatagram)
	for {
		n, from, err := c.io.ReadFromAddrPort(b)
		p := earlyPacket{slices.Clone(b[:n]), from, err}
		e.mu.Lock()
		if e.done || err != nil {
			e.mu.Unlock()
			e.last <- p
			return
		}
		room := len(e.kept) < maxEarly
		if room {
			e.kept = append(e.kept, p)
		}
		e.mu.Unlock()
		if !room {
			continue
		}
		if answer := c.link.answer(p.b, from); answer != nil {
			_, _ = c.io.WriteToAddrPort(answer, from) // the client asks again
		}
	}
}

// maxDatagram is what the mux reads at most.
const maxDatagram = 8192

// credentials are the room's own of an ICE session.
type credentials struct{ ufrag, password string }

// knows notes the credentials in an offer of the room's.
func (l *link) knows(offer string) {
	value := func(name string) string {
		_, rest, _ := strings.Cut(offer, "\r\na="+name+":")
		v, _, _ := strings.Cut(rest, "\r\n")
		return v
	}
	l.own.Store(&credentials{value("ice-ufrag"), value("ice-pwd")})
}

// answer is the answer to a check of the client's, if b is one that an ICE-lite room may answer.
func (l *link) answer(b []byte, from netip.AddrPort) []byte {
	own := l.own.Load()
	if !l.lite || own == nil || own.password == "" || !stun.IsMessage(b) {
		return nil
	}
	check := &stun.Message{Raw: slices.Clone(b)}
	if check.Decode() != nil || check.Type != stun.BindingRequest || !check.Contains(stun.AttrICEControlling) {
		return nil
	}
	var name stun.Username
	integrity := stun.NewShortTermIntegrity(own.password)
	if name.GetFrom(check) != nil || !strings.HasPrefix(name.String(), own.ufrag+":") || integrity.Check(check) != nil {
		return nil
	}
	mapped := &stun.XORMappedAddress{IP: from.Addr().Unmap().AsSlice(), Port: int(from.Port())}
	answer, err := stun.Build(check, stun.BindingSuccess, mapped, integrity, stun.Fingerprint)
	if err != nil {
		return nil
	}
	return answer.Raw
}
