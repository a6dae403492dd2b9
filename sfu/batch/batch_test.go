package batch

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// listen opens a UDP socket on loopback that is closed with the test.
func listen(t testing.TB, network, addr string) *net.UDPConn {
	t.Helper()
	a, err := net.ResolveUDPAddr(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.ListenUDP(network, a)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// rtp is a packet that looks like media.
func rtp(seq, size int) []byte {
	b := make([]byte, size)
	b[0], b[1] = 0x80, 96
	binary.BigEndian.PutUint32(b[4:], uint32(seq))
	return b
}

func TestPacketsArriveInOrderAndWhole(t *testing.T) {
	for _, tt := range []struct{ network, listen, to string }{
		{"udp4", "127.0.0.1:0", "127.0.0.1:0"},
		{"udp", ":0", "127.0.0.1:0"}, // dual stack: mapped addresses
	} {
		t.Run(tt.network+" "+tt.listen, func(t *testing.T) {
			c := New(listen(t, tt.network, tt.listen))
			t.Cleanup(func() { _ = c.Close() })
			const dests, packets = 3, 500
			var wg sync.WaitGroup
			for d := range dests {
				to := listen(t, "udp4", tt.to)
				_ = to.SetReadBuffer(4 << 20)
				dest := to.LocalAddr().(*net.UDPAddr).AddrPort()
				wg.Go(func() { receive(t, to, packets) })
				wg.Go(func() {
					for i := range packets {
						if _, err := c.WriteToAddrPort(rtp(i, 100+(i*7+d)%1100), dest); err != nil {
							t.Error(err)
						}
						if i%50 == 49 {
							time.Sleep(time.Millisecond) // the receiving socket's buffer is small
						}
					}
				})
			}
			wg.Wait()
			_ = c.Close() // when it returns all is counted
			if sent, calls := c.Sent(); sent != dests*packets || calls > sent {
				t.Errorf("sent %d packets in %d calls", sent, calls)
			} else {
				t.Logf("%d packets in %d calls", sent, calls)
			}
		})
	}
}

func receive(t *testing.T, conn *net.UDPConn, packets int) {
	b := make([]byte, 2000)
	for i := range packets {
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, err := conn.Read(b)
		if err != nil {
			t.Errorf("after %d packets: %v", i, err)
			return
		}
		if got := int(binary.BigEndian.Uint32(b[4:n])); got != i {
			t.Errorf("got packet %d, want %d", got, i)
			return
		}
	}
}

func TestOtherPacketsAreSentAtOnce(t *testing.T) {
	c := New(listen(t, "udp4", "127.0.0.1:0"))
	defer c.Close()
	to := listen(t, "udp4", "127.0.0.1:0")
	for _, b := range [][]byte{{0, 1, 0, 0}, {22, 0xfe, 0xfd}, append([]byte{23, 0xfe, 0xfd}, make([]byte, 20)...)} {
		if isMedia(b) {
			t.Errorf("% x is taken for media", b[:2])
		}
		if _, err := c.WriteTo(b, to.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 100)
		_ = to.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, err := to.Read(got)
		if err != nil || !bytes.Equal(got[:n], b) {
			t.Errorf("got % x, %v; want % x", got[:n], err, b)
		}
	}
}

func TestUnreachableDestinationDoesNotStopOthers(t *testing.T) {
	c := New(listen(t, "udp4", "127.0.0.1:0"))
	defer c.Close()
	to := listen(t, "udp4", "127.0.0.1:0")
	good := to.LocalAddr().(*net.UDPAddr).AddrPort()
	bad := []netip.AddrPort{netip.MustParseAddrPort("[2001:db8::1]:9"), netip.MustParseAddrPort("240.0.0.1:9")}
	c.sendMu.Lock() // so that all of it is one batch
	for i := range 10 {
		for _, b := range bad {
			_, _ = c.WriteToAddrPort(rtp(1000, 50), b)
		}
		_, _ = c.WriteToAddrPort(rtp(i, 50), good)
	}
	c.sendMu.Unlock()
	receive(t, to, 10)
}

func TestCloseEndsReaders(t *testing.T) {
	c := New(listen(t, "udp4", "127.0.0.1:0"))
	ended := make(chan error)
	go func() {
		_, _, err := c.ReadFromAddrPort(make([]byte, 100))
		ended <- err
	}()
	_ = c.Close()
	if err := <-ended; err == nil {
		t.Error("read went on")
	}
	if err := c.Close(); err == nil {
		t.Error("closed twice")
	}
}

// BenchmarkWrite sends frames of 6 packets to n destinations, as a room does.
func BenchmarkWrite(b *testing.B) {
	for _, n := range []int{3, 10, 50} {
		for _, kind := range []string{"plain", "sendmmsg"} {
			b.Run(fmt.Sprintf("%s/%d", kind, n), func(b *testing.B) {
				udp := listen(b, "udp4", "127.0.0.1:0")
				c := New(listen(b, "udp4", "127.0.0.1:0"))
				defer c.Close()
				var dests []netip.AddrPort
				for range n {
					dests = append(dests, listen(b, "udp4", "127.0.0.1:0").LocalAddr().(*net.UDPAddr).AddrPort())
				}
				pkt := rtp(1, 1128)
				b.ReportAllocs()
				sent := 0
				for b.Loop() {
					for range 6 {
						for _, d := range dests {
							if kind == "plain" {
								_, _ = udp.WriteToUDPAddrPort(pkt, d)
							} else {
								_, _ = c.WriteToAddrPort(pkt, d)
							}
							sent++
						}
					}
				}
				c.flush()
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(sent), "ns/packet")
			})
		}
	}
}

func TestHandlerTakesBurstsAndItsPacketsLeaveAtTheEnd(t *testing.T) {
	c := New(listen(t, "udp4", "127.0.0.1:0"))
	defer c.Close()
	from, to := listen(t, "udp4", "127.0.0.1:0"), listen(t, "udp4", "127.0.0.1:0")
	dest := c.Dest(to.LocalAddr().(*net.UDPAddr).AddrPort())
	c.Handle(func(b []byte, _ netip.AddrPort) bool {
		if !isMedia(b) {
			return false
		}
		copy(c.Reserve(dest, len(b)), b)
		c.Commit()
		return true
	})
	const packets = 100
	for i := range packets {
		_, _ = from.WriteTo(rtp(i, 200), c.LocalAddr())
	}
	_, _ = from.WriteTo([]byte{0, 1}, c.LocalAddr()) // not the handler's
	b := make([]byte, 100)
	n, _, err := c.ReadFromAddrPort(b)
	if err != nil || n != 2 {
		t.Errorf("read %d bytes, %v; want 2", n, err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _, _ = c.ReadFromAddrPort(b) // the end of the burst
	}()
	receive(t, to, packets)
	_ = c.Close()
	<-ended
	if sent, calls := c.Sent(); sent != packets || calls > packets/4 {
		t.Errorf("%d packets in %d calls", sent, calls)
	}
}

func TestWritesAfterCloseAreLost(t *testing.T) {
	c := New(listen(t, "udp4", "127.0.0.1:0"))
	to := listen(t, "udp4", "127.0.0.1:0").LocalAddr().(*net.UDPAddr).AddrPort()
	_ = c.Close()
	for i := range 2 * maxPackets { // more than the queue takes
		_, _ = c.WriteToAddrPort(rtp(i, 50), to)
	}
	c.flush()
}
