package sfu

import (
	"io"
	"net/netip"
	"testing"
)

// feed is a conn on which n packets have come.
type feed struct {
	n, read   int
	all, stop chan struct{}
}

func (f *feed) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	if f.read++; f.read > f.n {
		close(f.all)
		<-f.stop
		return 0, netip.AddrPort{}, io.EOF
	}
	b[0] = byte(f.read)
	return 1, netip.AddrPort{}, nil
}

func (f *feed) WriteToAddrPort(b []byte, _ netip.AddrPort) (int, error) { return len(b), nil }

// Who does not answer the offer and sends packets without end is not given memory for them; the first are there for ICE.
func TestEarlyPacketsAreBounded(t *testing.T) {
	f := &feed{n: 100, all: make(chan struct{}), stop: make(chan struct{})}
	c := &linkedUDPConn{io: f, link: &link{checking: make(chan struct{})}, closed: make(chan struct{})}
	c.early.begin(c)
	<-f.all
	close(c.link.checking)
	close(f.stop)
	b := make([]byte, 10)
	for i := range maxEarly {
		if n, _, err := c.early.read(c, b); n != 1 || err != nil || b[0] != byte(i+1) {
			t.Fatalf("packet %d: %d bytes that begin with %d, %v", i+1, n, b[0], err)
		}
	}
	if _, _, err := c.early.read(c, b); err != io.EOF {
		t.Errorf("after %d packets: %v, want the end", maxEarly, err)
	}
}
