package turn

import (
	"fmt"
	"net"
	"testing"
	"time"
)

// Connections of no use, of several sources, keep nobody out, before and after their first bytes; nor does that of one's own
// address. Calls are not ended for others.
func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	p := newPlace(t, 3, func(c *Config) { c.MaxAllocations, c.limits.perSource = 12, 12 }) // 40 connections, 18 of a source
	undisturbed := p.stream(2)
	for i := range 60 {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i%4))}}
		if i >= 40 {
			d.LocalAddr = nil
		}
		c, err := d.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.cfg.Port))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if i%2 == 1 {
			c.Write([]byte{0, 3, 0, 100, 0x21, 0x12}) // the beginning of a request
		}
	}
	p.await("all places are taken", func(st Status) bool { return st.Connections >= 38 })
	for i := range 5 {
		user, password := p.grant(0, fmt.Sprint("patient", i), time.Minute)
		p.call(p.dial("tcp", user, password), 0)
	}
	if st, err := p.Status(t.Context()); err != nil || st.Connections > 40 || st.Allocations != 6 {
		t.Errorf("%+v, %v", st, err)
	}
	undisturbed()
}
