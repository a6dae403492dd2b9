package turn

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"
	"golang.org/x/time/rate"

	"github.com/gotera/gotera/proto/turncred"
)

// front is one way in: a socket, or a listener, with a pion server of its own, so that a client's address and port name one
// allocation.
type front struct {
	server *Server
	log    logging.LoggerFactory

	mu     sync.Mutex // guards relays
	relays map[netip.AddrPort]*leg
}

// leg is what a front knows of a client that has an allocation.
type leg struct {
	*relay
	oob      []byte           // control message that makes answers leave from the address that the client uses (UDP)
	requests *rate.Limiter    // of requests
	peers    []netip.AddrPort // of the request at hand; only used by the goroutine that reads it
}

func newFront(s *Server) *front {
	return &front{server: s, relays: map[netip.AddrPort]*leg{}, log: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}}
}

// config is that of the front's pion server, without the sockets.
func (f *front) config() turn.ServerConfig {
	return turn.ServerConfig{
		Realm: realm, AuthHandler: f.authenticate, QuotaHandler: f.fits, LoggerFactory: f.log, InboundMTU: maxFrame,
		AllocationLifetime: lifetime, ChannelBindTimeout: lifetime, PermissionTimeout: 5 * time.Minute,
	}
}

func (f *front) of(client netip.AddrPort) *leg {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.relays[client]
}

func (f *front) dropped(r *relay) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l := f.relays[r.client]; l != nil && l.relay == r {
		delete(f.relays, r.client)
	}
}

// admit decides how much of a message of client pion is given: as a rule all, or nothing, and then there may be an answer. It
// runs on the goroutine that reads the message, which then hands it on.
func (f *front) admit(p []byte, client netip.AddrPort) (take int, answer []byte) {
	l := f.of(client)
	if l == nil && !f.server.floods.allow(sourceOf(client.Addr())) {
		f.server.counts.refuse(refusedFlood)
		return 0, nil
	}
	switch kindOf(p) {
	case kindData:
		if l == nil {
			return 0, nil
		}
		return len(p), nil
	case kindRequest:
		if l != nil && !l.requests.Allow() {
			f.server.counts.refuse(refusedFlood)
			return 0, nil
		}
		if l != nil {
			l.peers = peerAddresses(p)
		}
		return f.check(p, client, l)
	}
	f.server.counts.refuse(refusedMalformed)
	return 0, nil
}

// authenticate returns the key of a username, whose request has passed check. Pion checks the message with it once more. The
// first result names the allocation: its client and its username.
func (f *front) authenticate(a *turn.RequestAttributes) (string, []byte, bool) {
	grant, err := turncred.Parse(a.Username)
	if err != nil {
		return "", nil, false
	}
	return addrPort(a.SrcAddr).String() + " " + a.Username, f.server.key(a.Username, grant.Port), true
}

// fits is pion's question whether there may be another allocation.
func (f *front) fits(id, _ string, _ net.Addr) bool {
	r, err := f.relayOf(id)
	if err != nil || !f.server.fits(r) {
		f.server.counts.refuse(refusedQuota)
		return false
	}
	return true
}

var (
	errRefused = errors.New("refused")
	errNoTCP   = errors.New("TCP is not relayed")
)

// relayOf is the relay of an allocation that authenticate has named, without its socket.
func (f *front) relayOf(id string) (*relay, error) {
	from, user, _ := strings.Cut(id, " ")
	client, err := netip.ParseAddrPort(from)
	if err != nil {
		return nil, errRefused // pion asks for an even port, which nobody needs (RFC 8656, section 7.2)
	}
	grant, err := turncred.Parse(user)
	return &relay{server: f.server, front: f, client: client, user: user, grant: grant, source: sourceOf(client.Addr())}, err
}

// AllocatePacketConn makes the relay of an allocation.
func (f *front) AllocatePacketConn(c turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	if c.RequestedPort != 0 {
		return nil, nil, errRefused
	}
	r, err := f.relayOf(c.UserID)
	if err != nil {
		return nil, nil, err
	}
	s := f.server
	announced := s.hosts.announced(c.Network)
	if r.conn, err = openRelay(c.Network, announced, r.grant.Port); err != nil {
		return nil, nil, err
	}
	if s.cfg.Kbps > 0 {
		perSecond := rate.Limit(s.cfg.Kbps * 125)
		burst := max(s.cfg.Kbps*125/2, 64<<10) // half a second: a keyframe comes at once
		r.up, r.down = rate.NewLimiter(perSecond, burst), rate.NewLimiter(perSecond, burst)
	}
	r.heard.Store(time.Now().Unix())
	if !s.take(r) {
		r.conn.Close() //nolint:errcheck // of no use
		s.counts.refuse(refusedQuota)
		return nil, nil, errRefused
	}
	f.mu.Lock()
	f.relays[r.client] = &leg{relay: r, requests: rate.NewLimiter(20, 100)}
	f.mu.Unlock()
	port := uint16(r.conn.LocalAddr().(*net.UDPAddr).Port)
	return r, net.UDPAddrFromAddrPort(netip.AddrPortFrom(announced, port)), nil
}

// AllocateListener refuses relayed TCP (RFC 6062).
func (f *front) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errNoTCP
}

// AllocateConn refuses relayed TCP.
func (f *front) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) { return nil, errNoTCP }

// Validate is part of turn.RelayAddressGenerator.
func (f *front) Validate() error { return nil }

// permit answers pion's question whether client may have a permission, or a channel, for an address of its request. Its
// port, which pion does not look at, must be the grant's; a client may leave it out of a permission (RFC 8656, section 9.1).
func (f *front) permit(client net.Addr, peer net.IP) bool {
	ip, ok := netip.AddrFromSlice(peer)
	l := f.of(addrPort(client))
	if ok && l != nil && f.server.hosts.own(ip.Unmap()) {
		named := false
		for _, p := range l.peers {
			if p.Addr() == ip.Unmap() {
				if int(p.Port()) != l.grant.Port && p.Port() != 0 {
					named = false
					break
				}
				named = true
			}
		}
		if named {
			return true
		}
	}
	f.server.counts.refuse(refusedAddress)
	return false
}

// outgoing is p, an answer of pion to client, as it should be.
func (f *front) outgoing(p []byte, l *leg) []byte {
	if l == nil || len(p) < stunHeader || p[0] != 0x01 || p[1] != 0x19 {
		return p
	}
	return forbidden(p, f.server.key(l.user, l.grant.Port))
}

func addrPort(a net.Addr) netip.AddrPort {
	var p netip.AddrPort
	switch a := a.(type) {
	case *net.UDPAddr:
		p = a.AddrPort()
	case *net.TCPAddr:
		p = a.AddrPort()
	}
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
}
