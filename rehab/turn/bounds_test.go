package turn

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// Each bound on allocations holds by itself, and one that has ended leaves its place to another.
func TestBoundsOfAllocations(t *testing.T) {
	const most = 3
	for _, tt := range []struct {
		name               string
		set                func(*Config)
		user, room, source int // 0: all have the same
	}{
		{"user", func(c *Config) { c.limits.perUser = most }, 0, 0, 1}, // the username names the room
		{"room", func(c *Config) { c.limits.perPort = most }, 1, 0, 1},
		{"source", func(c *Config) { c.limits.perSource = most }, 1, 1, 0},
		{"all", func(c *Config) { c.MaxAllocations = most }, 1, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlace(t, most+1, tt.set)
			username := map[string][2]string{}
			dial := func(i int) *client {
				key := fmt.Sprint(i*tt.user, i*tt.room)
				if _, ok := username[key]; !ok {
					u, c := p.grant(i*tt.room, fmt.Sprint("peer", i*tt.user), time.Minute)
					username[key] = [2]string{u, c}
				}
				d := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.IPv4(127, 0, 0, byte(1+i*tt.source))}}
				conn, err := d.Dial("udp", fmt.Sprintf("127.0.0.1:%d", p.cfg.Port))
				if err != nil {
					t.Fatal(err)
				}
				return p.client(conn, username[key][0], username[key][1])
			}
			var first *client
			for i := range most {
				c := dial(i)
				if code := c.allocate(); code != 0 {
					t.Fatalf("allocation %d: %d", i, code)
				}
				if i == 0 {
					first = c
				}
			}
			late := dial(most)
			for range 2 {
				if code := late.allocate(); code != 486 {
					t.Errorf("one more than %d: %d, want 486", most, code)
				}
			}
			if code, _ := first.do(stun.MethodRefresh, attribute{stun.AttrLifetime, []byte{0, 0, 0, 0}}); code != 0 {
				t.Fatalf("the end of one: %d", code)
			}
			p.await("its end", func(st Status) bool { return st.Allocations == most-1 })
			if code := late.allocate(); code != 0 {
				t.Errorf("after the end of one: %d", code)
			}
		})
	}
}

// Who has an allocation may not flood the server with requests either; media goes on.
func TestFloodOfRequests(t *testing.T) {
	p := newPlace(t, 1, nil)
	user, password := p.grant(0, "a", time.Minute)
	c := p.dial("udp", user, password)
	p.call(c, 0)
	request := stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodRefresh, stun.ClassRequest), stun.NewUsername(c.user),
		stun.NewRealm(c.realm), stun.NewNonce(c.nonce), stun.NewLongTermIntegrity(c.user, c.realm, c.password))
	go func() {
		for range c.answers { // nobody waits for them
		}
	}()
	for i := range 1000 {
		c.conn.Write(request.Raw)
		if i%50 == 49 {
			time.Sleep(time.Millisecond) // what a socket's queue loses is not refused
		}
	}
	p.await("flood refused", func(st Status) bool { return st.Refused["flood"] > 500 })
	if !c.echoes("still", func(b []byte) { c.sendOn(0x4000, b) }) {
		t.Error("the call does not go on")
	}
}

// What a room sends is bounded, too.
func TestBandwidthFromARoom(t *testing.T) {
	p := newPlace(t, 1, func(c *Config) { c.Kbps = 800 }) // 100 kB/s, 64 KiB at once
	user, password := p.grant(0, "a", time.Minute)
	c := p.dial("tcp", user, password)
	_, answer := c.do(stun.MethodAllocate, udpTransport)
	var relayed stun.XORMappedAddress
	if answer == nil || relayed.GetFromAs(answer, stun.AttrXORRelayedAddress) != nil {
		t.Fatal("no allocation")
	}
	if code := c.bind(0x4000, p.room(0)); code != 0 || !c.echoes("hello", func(b []byte) { c.sendOn(0x4000, b) }) {
		t.Fatalf("the room is not reached (%d)", code)
	}
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(relayed.Port))
	for range 40 { // 400 kB
		for range 10 {
			p.rooms[0].WriteToUDPAddrPort(make([]byte, 1000), to)
		}
		time.Sleep(time.Millisecond) // what the relay's queue loses is not refused
	}
	st := p.await("bandwidth", func(st Status) bool { return st.Refused["bandwidth"] > 100 })
	if st.BytesOut > 300<<10 {
		t.Errorf("relayed %d bytes", st.BytesOut)
	}
}

// The answer to a check seems to come from the address that the check went to (RFC 8445, section 7.2.5.2.1), whatever was
// checked since; all else comes from where the client's media goes.
func TestAnswersComeFromWhereChecksWent(t *testing.T) {
	check := func(class stun.MessageClass, id byte) []byte {
		m := stun.MustBuild(stun.NewTransactionIDSetter([stun.TransactionIDSize]byte{id}), stun.NewType(stun.MethodBinding, class))
		return m.Raw
	}
	one, two := &net.UDPAddr{IP: net.IPv4(203, 0, 113, 7), Port: 9}, &net.UDPAddr{IP: net.IPv4(203, 0, 113, 8), Port: 9}
	var r relay
	r.note(check(stun.ClassRequest, 1), one)
	r.note(check(stun.ClassRequest, 2), two)
	for _, tt := range []struct {
		name   string
		packet []byte
		want   net.Addr
	}{
		{"first answer", check(stun.ClassSuccessResponse, 1), one},
		{"second answer", check(stun.ClassSuccessResponse, 2), two},
		{"error", check(stun.ClassErrorResponse, 1), one},
		{"check of the room", check(stun.ClassRequest, 1), two},
		{"media", []byte{128, 0, 0, 0}, two},
	} {
		if got := r.from(tt.packet); got != tt.want {
			t.Errorf("%s: from %v, want %v", tt.name, got, tt.want)
		}
	}
	r.note([]byte{128, 0, 0, 0}, one) // media
	r.note(check(stun.ClassRequest, 3), two)
	if got := r.from([]byte{128, 0, 0, 0}); got != one {
		t.Errorf("after another check media comes from %v, want %v", got, one)
	}
}

// A quota is of what one home has: an address of IPv4, 64 bits of one of IPv6.
func TestSources(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "192.0.2.1", true}, {"192.0.2.1", "192.0.2.2", false}, {"192.0.2.1", "::ffff:192.0.2.1", true},
		{"2001:db8::1", "2001:db8::ffff:0:0:2", true}, {"2001:db8::1", "2001:db8:0:1::1", false}, {"fe80::1%a", "fe80::2%b", true},
	} {
		if got := sourceOf(netip.MustParseAddr(tt.a)) == sourceOf(netip.MustParseAddr(tt.b)); got != tt.same {
			t.Errorf("%s and %s: the same source %v, want %v", tt.a, tt.b, got, tt.same)
		}
	}
}
