package configs

import (
	"fmt"
	"path/filepath"
)

// TURN configures the TURN server of `gotera rehab` (all of it is gotera's). Without its keys a file gets the defaults.
type TURN struct {
	TURNPort           int    `json:"turn_port"`             // UDP and TCP; 0: none
	TURNTLSPort        int    `json:"turn_tls_port"`         // 0: none
	TURNCertificate    string `json:"turn_certificate"`      // PEM file; empty: no TLS
	TURNPrivateKey     string `json:"turn_private_key"`      // PEM file
	TURNHostname       string `json:"turn_hostname"`         // in TURN URLs; empty: hostname
	TURNPublicPort     int    `json:"turn_public_port"`      // as clients see TURNPort; 0: the same
	TURNPublicTLSPort  int    `json:"turn_public_tls_port"`  // as clients see TURNTLSPort, or what hands TURN over; 0: the same
	TURNOnExternalPort bool   `json:"turn_on_external_port"` // what listens on external_port hands TURN over TLS over
	TURNSocket         string `json:"turn_socket"`           // path; empty: turn.sock in the state directory
	TURNMaxAllocations int    `json:"turn_max_allocations"`  // at once
	TURNMaxKbps        int    `json:"turn_max_kbps"`         // of one allocation, each way; 0: any
}

// TURNSocketPath is the unix socket to which TURN connections are handed that somebody else has accepted and decrypted. A
// PROXY line comes first (proto/handover).
func (w WebRTC) TURNSocketPath() string {
	if w.TURNSocket != "" {
		return w.TURNSocket
	}
	return filepath.Join(w.StateDirectory, "turn.sock")
}

// TURNEnabled reports whether there is any way to the TURN server.
func (t TURN) TURNEnabled() bool {
	return t.TURNPort != 0 || t.TURNTLSPort != 0 || t.TURNPublicTLSPort != 0 || t.TURNOnExternalPort
}

func (t TURN) check(file string) error {
	for _, n := range []struct {
		key       string
		value, hi int
	}{
		{"turn_port", t.TURNPort, 65535},
		{"turn_tls_port", t.TURNTLSPort, 65535},
		{"turn_public_port", t.TURNPublicPort, 65535},
		{"turn_public_tls_port", t.TURNPublicTLSPort, 65535},
		{"turn_max_allocations", t.TURNMaxAllocations, 20000},
		{"turn_max_kbps", t.TURNMaxKbps, 10000000},
	} {
		if n.value < 0 || n.value > n.hi {
			return &Error{File: file, Key: "WebRTC." + n.key, Reason: fmt.Sprintf("%d is not between 0 and %d", n.value, n.hi)}
		}
	}
	if t.TURNPort != 0 && t.TURNPort == t.TURNTLSPort {
		return &Error{File: file, Key: "WebRTC.turn_tls_port", Reason: "is turn_port"}
	}
	if (t.TURNCertificate == "") != (t.TURNPrivateKey == "") {
		return &Error{File: file, Key: "WebRTC.turn_certificate", Reason: "goes with turn_private_key: both or none"}
	}
	return nil
}
