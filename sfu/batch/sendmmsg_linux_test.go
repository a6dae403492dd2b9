package batch

import "testing"

func TestFallbackSticks(t *testing.T) {
	c := New(listen(t, "udp4", "127.0.0.1:0"))
	defer c.Close()
	c.sender.(*multi).fallback = true
	to := listen(t, "udp4", "127.0.0.1:0")
	for i := range 20 {
		_, _ = c.WriteTo(rtp(i, 50), to.LocalAddr())
	}
	receive(t, to, 20)
}
