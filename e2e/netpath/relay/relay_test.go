package relay

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/gotera/gotera/e2e/netpath/impair"
)

// listen opens a UDP socket on loopback that is closed with the test.
func listen(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func address(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

// pair is a relay with a server and a client that has sent its first packet.
func pair(t *testing.T) (r *Relay, client, server *net.UDPConn, seen netip.AddrPort) {
	t.Helper()
	client, server = listen(t), listen(t)
	r, err := New("127.0.0.1", address(server), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	send(t, client, r.Addr(), []byte("hello"))
	text, seen := receive(t, server)
	if string(text) != "hello" {
		t.Fatalf("the server got %q", text)
	}
	return r, client, server, seen
}

func send(t *testing.T, c *net.UDPConn, to netip.AddrPort, data []byte) {
	t.Helper()
	if _, err := c.WriteToUDPAddrPort(data, to); err != nil {
		t.Fatal(err)
	}
}

func receive(t *testing.T, c *net.UDPConn) ([]byte, netip.AddrPort) {
	t.Helper()
	buf := make([]byte, maxPacket)
	if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	n, from, err := c.ReadFromUDPAddrPort(buf)
	if err != nil {
		t.Fatal(err)
	}
	return buf[:n], from
}

// rtp is a packet of a payload type that says when it was sent.
func rtp(kind byte, began time.Time) []byte {
	b := make([]byte, 200)
	b[0], b[1] = 0x80, kind
	binary.BigEndian.PutUint64(b[12:], uint64(time.Since(began)))
	return b
}

func TestClientsHaveSocketsOfTheirOwn(t *testing.T) {
	r, client, server, seen := pair(t)
	other := listen(t)
	send(t, other, r.Addr(), []byte("other"))
	_, otherSeen := receive(t, server)
	if otherSeen == seen {
		t.Fatalf("both clients come from %v", seen)
	}
	send(t, server, otherSeen, []byte("to the other"))
	send(t, server, seen, []byte("to the first"))
	if text, from := receive(t, client); string(text) != "to the first" || from != r.Addr() {
		t.Errorf("the first got %q from %v", text, from)
	}
	if text, _ := receive(t, other); string(text) != "to the other" {
		t.Errorf("the other got %q", text)
	}
}

// TestPacketsLeaveWhenDecided is the one test by the clock: of the relay's own delay, which a busy machine makes larger.
func TestPacketsLeaveWhenDecided(t *testing.T) {
	const count = 150
	r, client, server, seen := pair(t)
	if err := r.Set(impair.Profile{Delay: 20}, impair.Profile{Delay: 40}); err != nil {
		t.Fatal(err)
	}
	for _, way := range []struct {
		name     string
		from, at *net.UDPConn
		to       netip.AddrPort
		want     time.Duration
	}{{"up", client, server, r.Addr(), 20 * time.Millisecond}, {"down", server, client, seen, 40 * time.Millisecond}} {
		began := time.Now()
		took := make([]time.Duration, count)
		go func() {
			for range count {
				_, _ = way.from.WriteToUDPAddrPort(rtp(111, began), way.to)
				time.Sleep(2 * time.Millisecond)
			}
		}()
		for i := range took {
			data, _ := receive(t, way.at)
			took[i] = time.Since(began) - time.Duration(binary.BigEndian.Uint64(data[12:]))
		}
		slices.Sort(took)
		if took[0] < way.want {
			t.Errorf("%s: the fastest took %v, want at least %v", way.name, took[0], way.want)
		}
		median := took[count/2] - way.want
		t.Logf("%s: later than decided: median %v, p95 %v", way.name, median, took[count*95/100]-way.want)
		if median > 5*time.Millisecond {
			t.Errorf("%s: the median is %v later than decided", way.name, median)
		}
	}
}

func TestTheReportTellsWhatBecameOfEachPayloadType(t *testing.T) {
	r, client, server, _ := pair(t)
	if err := r.Set(impair.Profile{Loss: 0.5}, impair.Profile{}); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		send(t, client, r.Addr(), rtp(111, time.Now()))
		send(t, client, r.Addr(), rtp(96|0x80, time.Now())) // with the marker bit
		send(t, client, r.Addr(), rtp(201, time.Now()))     // RTCP
	}
	var up Report
	for end := time.Now().Add(5 * time.Second); up.Packets < 301; up, _ = r.Report() {
		if time.Now().After(end) {
			t.Fatalf("%d packets came, want 301", up.Packets)
		}
		time.Sleep(time.Millisecond)
	}
	if up.Lost+up.Passed != 301 || up.Lost < 100 || up.Lost > 200 {
		t.Errorf("report %+v, want half of 301 lost", up)
	}
	if a, v := up.Types[111], up.Types[96]; a.Packets != 100 || v.Packets != 100 || a.Lost < 30 || v.Lost < 30 || len(up.Types) != 2 {
		t.Errorf("types %+v, want 100 of 96 and of 111", up.Types)
	}
	if err := r.Set(impair.Profile{Loss: 2}, impair.Profile{}); err == nil {
		t.Error("a loss of 2 is taken")
	}
	for range up.Passed - 1 { // the first was read
		receive(t, server)
	}
}

func TestPacketsThatAreDueTogetherLeaveInOrder(t *testing.T) {
	r, client, server, _ := pair(t)
	if err := r.Set(impair.Profile{Delay: 30}, impair.Profile{}); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		send(t, client, r.Addr(), []byte{byte(i)})
	}
	for i := range 100 {
		if data, _ := receive(t, server); data[0] != byte(i) {
			t.Fatalf("packet %d came in place of %d", data[0], i)
		}
	}
}
