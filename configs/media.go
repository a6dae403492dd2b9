package configs

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// CheckPort is the UDP and TCP port of connectivity tests: the one after the last session's media.
func (w WebRTC) CheckPort() int { return w.MediaBasePort + w.MaxSessions }

// PublicIPs are the addresses that media_public_ip names.
func (w WebRTC) PublicIPs() []string { return SplitAddresses(w.MediaPublicIP) }

// SplitAddresses reads a list separated by commas; nil for "".
func SplitAddresses(list string) []string {
	var addresses []string
	for _, text := range strings.Split(list, ",") {
		if text = strings.TrimSpace(text); text != "" {
			addresses = append(addresses, text)
		}
	}
	return addresses
}

// CheckPublicIPs fails unless list holds at most one IPv4 and one IPv6 address.
func CheckPublicIPs(list string) error {
	seen := map[bool]bool{}
	for _, text := range SplitAddresses(list) {
		ip, err := netip.ParseAddr(text)
		if err != nil || ip.Zone() != "" || ip.Is4In6() {
			return fmt.Errorf("%q is not an IP address", text)
		}
		if seen[ip.Is4()] {
			return errors.New("has more than one address of a family")
		}
		seen[ip.Is4()] = true
	}
	return nil
}

// Loopback reports whether a host name is one of this machine only; an empty one is.
func Loopback(host string) bool {
	if host == "" || strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}
