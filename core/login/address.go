package login

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// ClientIP is the address of the client. What a proxy says in X-Forwarded-For counts only when the request comes from
// this machine, where the proxy runs; its last entry is the one that the proxy wrote itself.
func ClientIP(r *http.Request) string {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		peer = r.RemoteAddr
	}
	if !isLoopback(peer) {
		return peer
	}
	all := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	last := strings.TrimSpace(all[strings.LastIndexByte(all, ',')+1:])
	if addr, err := netip.ParseAddr(last); err == nil {
		return addr.Unmap().String()
	}
	return peer
}

// FromProxy reports whether the request comes from a proxy of this machine, whose headers are believed.
func FromProxy(r *http.Request) bool {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && isLoopback(peer)
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
