package turn

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	hostsFresh = 10 * time.Second // after which the addresses are read again when one is asked for
	hostsSoon  = time.Second      // likewise, for one that is not among them
)

// hosts knows the addresses of this host that rooms are reached by: those of its interfaces, which change, and the public
// ones. Loopback and link-local addresses are none, whoever names them.
type hosts struct {
	public []netip.Addr
	set    atomic.Pointer[map[netip.Addr]bool]
	read   atomic.Int64 // Unix milliseconds

	mu        sync.Mutex // held while the interfaces are read
	addresses func() ([]net.Addr, error)
}

func newHosts(public []netip.Addr, addresses func() ([]net.Addr, error)) *hosts {
	h := &hosts{addresses: addresses}
	for _, ip := range public {
		if relayable(ip.Unmap()) {
			h.public = append(h.public, ip.Unmap())
		}
	}
	h.refresh(0)
	return h
}

func relayable(ip netip.Addr) bool {
	return ip.IsValid() && !ip.IsLoopback() && !ip.IsUnspecified() && !ip.IsMulticast() && !ip.IsLinkLocalUnicast()
}

// own reports whether ip leads to this host's rooms.
func (h *hosts) own(ip netip.Addr) bool {
	age := time.Since(time.UnixMilli(h.read.Load()))
	if age > hostsFresh {
		h.refresh(hostsFresh)
	}
	if (*h.set.Load())[ip] {
		return true
	}
	if age <= hostsSoon || !relayable(ip) {
		return false
	}
	h.refresh(hostsSoon)
	return (*h.set.Load())[ip]
}

// refresh reads the interfaces unless somebody else has within age.
func (h *hosts) refresh(age time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if age > 0 && time.Since(time.UnixMilli(h.read.Load())) <= age {
		return
	}
	set := map[netip.Addr]bool{}
	for _, ip := range h.public {
		set[ip] = true
	}
	list, err := h.addresses()
	if err != nil && h.set.Load() != nil {
		set = *h.set.Load()
	}
	for _, a := range list {
		prefix, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		if ip, ok := netip.AddrFromSlice(prefix.IP); ok && relayable(ip.Unmap()) {
			set[ip.Unmap()] = true
		}
	}
	h.set.Store(&set)
	h.read.Store(time.Now().UnixMilli())
}

// reachable is at if rooms are reached by its family, else an address of the family by which they are. Pion makes an allocation of the
// family of the address that a client has connected to, which may be that of a proxy before a host that has only the other.
func (h *hosts) reachable(at netip.AddrPort) netip.AddrPort {
	other, found := netip.Addr{}, false
	for ip := range *h.set.Load() {
		if ip.Is4() == at.Addr().Unmap().Is4() {
			return at
		}
		other, found = ip, true
	}
	if !found {
		return at
	}
	return netip.AddrPortFrom(other, at.Port())
}

// announced is the address that an allocation is said to have: a public one, or one of the host's own.
func (h *hosts) announced(network string) netip.Addr {
	v6 := network == "udp6"
	for _, ip := range h.public {
		if ip.Is6() == v6 {
			return ip
		}
	}
	best := netip.Addr{}
	for ip := range *h.set.Load() {
		if ip.Is6() == v6 && (!best.IsValid() || best.IsPrivate() && !ip.IsPrivate() || best.IsPrivate() == ip.IsPrivate() && ip.Less(best)) {
			best = ip
		}
	}
	if best.IsValid() {
		return best
	}
	if v6 {
		return netip.IPv6Loopback()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}
