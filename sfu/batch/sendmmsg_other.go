//go:build !linux

package batch

import "net"

// newSender returns the sender that every system has.
func newSender(udp *net.UDPConn) sender { return plain{udp} }
