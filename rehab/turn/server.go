package turn

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/turn/v5"

	"github.com/gotera/gotera/proto/turncred"
)

// Server is what all fronts share: who may have how many allocations.
type Server struct {
	cfg    Config
	counts counts
	hosts  *hosts
	floods *floods // of packets
	knocks *floods // of connections

	mu       sync.Mutex // guards the fields below
	relays   map[*relay]bool
	byUser   map[string]int
	bySource map[netip.Addr]int
	byPort   map[int]int
	streams  map[*stream]bool   // connections
	conns    map[netip.Addr]int // likewise, by source
	open     map[string]bool    // fronts that listen
	closed   map[string]string  // why the others do not
	opening  map[string]bool    // not tried yet
}

func newServer(cfg Config) *Server {
	l := cfg.limits
	return &Server{
		cfg: cfg, hosts: newHosts(cfg.PublicIPs, cfg.interfaces), floods: newFloods(l.floodRate, l.floodBurst), knocks: newFloods(l.floodRate, l.floodBurst),
		relays: map[*relay]bool{}, byUser: map[string]int{}, bySource: map[netip.Addr]int{}, byPort: map[int]int{},
		streams: map[*stream]bool{}, conns: map[netip.Addr]int{}, open: map[string]bool{}, closed: map[string]string{}, opening: map[string]bool{},
	}
}

// key is that with which messages of a username are signed (RFC 8489, section 9.2.2).
func (s *Server) key(username string, port int) []byte {
	return turn.GenerateAuthKey(username, realm, turncred.Credential(turncred.RoomKey(s.cfg.Secret, port), username))
}

// fits reports whether r may be added.
func (s *Server) fits(r *relay) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fitsLocked(r)
}

func (s *Server) fitsLocked(r *relay) bool {
	l := s.cfg.limits
	return len(s.relays) < s.cfg.MaxAllocations && s.byUser[r.user] < l.perUser && s.bySource[r.source] < l.perSource &&
		s.byPort[r.grant.Port] < l.perPort
}

// take adds r if it fits.
func (s *Server) take(r *relay) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.fitsLocked(r) {
		return false
	}
	s.relays[r] = true
	s.byUser[r.user]++
	s.bySource[r.source]++
	s.byPort[r.grant.Port]++
	s.counts.made.Add(1)
	return true
}

// release takes r out again.
func (s *Server) release(r *relay) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.relays[r] {
		return
	}
	delete(s.relays, r)
	lessen(s.byUser, r.user)
	lessen(s.bySource, r.source)
	lessen(s.byPort, r.grant.Port)
}

// lessen keeps the map as small as what it counts.
func lessen[K comparable](m map[K]int, k K) {
	if m[k]--; m[k] <= 0 {
		delete(m, k)
	}
}

// connected gives c a place. When all are taken, or those of its source, the oldest without an allocation gives way, of who has
// most of them: nobody keeps others out by connections that are of no use.
func (s *Server) connected(c *stream) (loser *stream, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	each := s.cfg.limits.perSource
	each += each / 2
	switch {
	case s.conns[c.source] >= each:
		loser = s.idlestLocked(c.source)
	case len(s.streams) >= 2*s.cfg.MaxAllocations+16:
		loser = s.idlestLocked(netip.Addr{})
	default:
		ok = true
	}
	if loser != nil {
		s.leaveLocked(loser)
		ok = true
	}
	if ok {
		s.streams[c] = true
		s.conns[c.source]++
	}
	return loser, ok
}

// idlestLocked is the connection that gives way, of a source or, if that is invalid, of any; nil: all have allocations.
func (s *Server) idlestLocked(source netip.Addr) (idlest *stream) {
	for c := range s.streams {
		if source.IsValid() && c.source != source || c.streams.front.of(c.client) != nil {
			continue
		}
		if idlest == nil || s.conns[c.source] > s.conns[idlest.source] ||
			s.conns[c.source] == s.conns[idlest.source] && c.since.Before(idlest.since) {
			idlest = c
		}
	}
	return idlest
}

func (s *Server) disconnected(c *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaveLocked(c)
}

func (s *Server) leaveLocked(c *stream) {
	if s.streams[c] {
		delete(s.streams, c)
		lessen(s.conns, c.source)
	}
}

// sweep ends allocations whose grant has expired and whose room does not know them, until ctx ends.
func (s *Server) sweep(ctx context.Context) {
	tick := time.NewTicker(s.cfg.limits.sweep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, r := range s.ended(time.Now()) {
			r.Close() //nolint:errcheck // pion notices
		}
	}
}

func (s *Server) ended(now time.Time) (list []*relay) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for r := range s.relays {
		if r.over(now) {
			list = append(list, r)
		}
	}
	return list
}
