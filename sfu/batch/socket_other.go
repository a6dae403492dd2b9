//go:build !linux

package batch

import "net"

type sockaddr struct{}

func newSocket(c *Conn, udp *net.UDPConn) socket { return plain{c, udp} }
