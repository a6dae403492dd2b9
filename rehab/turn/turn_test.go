package turn

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"github.com/gotera/gotera/proto/handover"
	"github.com/gotera/gotera/proto/turncred"
)

// Every way in leads to the room, with channels and with indications.
func TestRelay(t *testing.T) {
	p := newPlace(t, 2, nil)
	for _, way := range []string{"udp", "tcp", "socket"} {
		t.Run(way, func(t *testing.T) {
			user, password := p.grant(0, "peer-"+way, time.Minute)
			var c *client
			if way == "socket" {
				conn, err := handover.Dial(t.Context(), p.cfg.Socket)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprint(conn, handover.Line(netip.MustParseAddrPort("198.51.100.9:4000"), netip.MustParseAddrPort("203.0.113.7:443")))
				c = p.client(conn, user, password)
			} else {
				c = p.dial(way, user, password)
			}
			p.call(c, 0)
			if code := c.permit(netip.AddrPortFrom(publicIP, 0)); code != 0 {
				t.Errorf("permission: %d", code)
			}
			if !c.echoes("indicated", func(b []byte) { c.sendTo(p.room(0), b) }) {
				t.Error("no answer to an indication")
			}
			_, answer := c.do(stun.MethodBinding)
			var mapped stun.XORMappedAddress
			if answer == nil || mapped.GetFrom(answer) != nil {
				t.Fatal("no answer to a binding request")
			}
			if way == "socket" && mapped.String() != "198.51.100.9:4000" {
				t.Errorf("the client is %v, want the address of the PROXY line", mapped)
			}
			if code, _ := c.do(stun.MethodRefresh, attribute{stun.AttrLifetime, []byte{0, 0, 0, 0}}); code != 0 {
				t.Errorf("refresh with lifetime 0: %d", code)
			}
		})
	}
	st := p.await("allocations gone", func(st Status) bool { return st.Allocations == 0 })
	if st.Made != 3 || st.BytesIn == 0 || st.BytesOut == 0 {
		t.Errorf("counted %+v", st)
	}
}

// A client of IPv6 gets an allocation of IPv6, and reaches the room by addresses of IPv6 alone.
func TestIPv6(t *testing.T) {
	p := newPlace(t, 1, func(c *Config) {
		c.host, c.PublicIPs = "::1", []netip.Addr{netip.MustParseAddr("2001:db8::7"), publicIP}
	})
	for _, way := range []string{"udp", "tcp"} {
		user, password := p.grant(0, "a", time.Minute)
		c := p.dial(way, user, password)
		p.call(c, 0)
		if code := c.permit(netip.AddrPortFrom(publicIP, uint16(p.cfg.FirstPort))); code != 443 {
			t.Errorf("%s: permission for an address of IPv4: %d, want 443", way, code)
		}
		for _, ip := range []string{"::1", "fe80::1", "fd00:1234::1", "2001:db8::8", "ff02::fb", "::",
			"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::cb00:7107", "2002:7f00:1::1", "::127.0.0.1", "fec0::1"} {
			if code := c.permit(netip.AddrPortFrom(netip.MustParseAddr(ip), uint16(p.cfg.FirstPort))); code != 403 {
				t.Errorf("%s: permission for %s: %d, want 403", way, ip, code)
			}
		}
	}
}

// A client may ask for an allocation of the other family (RFC 8656, section 7.2), and reaches the room there; of none that exists
// there is no allocation.
func TestRequestedFamily(t *testing.T) {
	family := func(n byte) attribute { return attribute{stun.AttrRequestedAddressFamily, []byte{n, 0, 0, 0}} }
	v4, v6 := publicIP, netip.MustParseAddr("2001:db8::7")
	for _, host := range []string{"127.0.0.1", "::1"} {
		p := newPlace(t, 1, func(c *Config) { c.host, c.PublicIPs = host, []netip.Addr{v4, v6} })
		for _, tt := range []struct {
			asked     byte
			to, other netip.Addr
		}{{1, v4, v6}, {2, v6, v4}} {
			user, password := p.grant(0, fmt.Sprint("a", tt.asked), time.Minute)
			c := p.dial("tcp", user, password)
			if code, _ := c.do(stun.MethodAllocate, udpTransport, family(tt.asked)); code != 0 {
				t.Fatalf("%s, family %d: %d", host, tt.asked, code)
			}
			room := netip.AddrPortFrom(tt.to, uint16(p.cfg.FirstPort))
			if code := c.bind(0x4000, room); code != 0 || !c.echoes("hello", func(b []byte) { c.sendOn(0x4000, b) }) {
				t.Errorf("%s, family %d: the room is not reached (%d)", host, tt.asked, code)
			}
			if code := c.permit(netip.AddrPortFrom(tt.other, room.Port())); code != 443 {
				t.Errorf("%s, family %d: permission for the other: %d, want 443", host, tt.asked, code)
			}
		}
		user, password := p.grant(0, "x", time.Minute)
		if code, _ := p.dial("tcp", user, password).do(stun.MethodAllocate, udpTransport, family(3)); code != 440 {
			t.Errorf("%s, no family: %d, want 440", host, code)
		}
	}
}

// A client of one family that came by a proxy to a host which has only the other gets an allocation by which it reaches the room.
func TestHostOfOtherFamily(t *testing.T) {
	for _, tt := range []struct{ client, proxy, room string }{
		{"198.51.100.9:4000", "198.51.100.1:443", "2001:db8::7"}, {"[2001:db8::9]:4000", "[2001:db8::1]:443", "203.0.113.7"},
	} {
		p := newPlace(t, 1, func(c *Config) {
			c.PublicIPs = []netip.Addr{netip.MustParseAddr(tt.room)}
			c.interfaces = func() ([]net.Addr, error) { return nil, nil }
		})
		conn, err := handover.Dial(t.Context(), p.cfg.Socket)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, handover.Line(netip.MustParseAddrPort(tt.client), netip.MustParseAddrPort(tt.proxy)))
		user, password := p.grant(0, "a", time.Minute)
		p.call(p.client(conn, user, password), 0)
	}
}

// A credential that is wrong, expired, of another server, or for a port without rooms opens nothing, and none of it gets
// into the log.
func TestBadCredentials(t *testing.T) {
	p := newPlace(t, 1, nil)
	good, password := p.grant(0, "somebody", time.Minute)
	expired, ofExpired := p.grant(0, "somebody", -time.Second)
	long, ofLong := p.grant(0, "somebody", 2*maxValid)
	mint := func(secret []byte, keyOf, port int) [2]string {
		u, c := turncred.Mint(turncred.RoomKey(secret, keyOf), turncred.Grant{Port: port, Peer: "x", Expires: time.Now().Add(time.Minute)})
		return [2]string{u, c}
	}
	room := p.cfg.FirstPort
	for _, tt := range []struct {
		name   string
		pair   [2]string
		reason string
	}{
		{"wrong", [2]string{good, "wrong"}, "credential"},
		{"changed", [2]string{strings.Replace(good, "somebody", "another0", 1), password}, "credential"},
		{"expired", [2]string{expired, ofExpired}, "expired"},
		{"prolonged", [2]string{strings.Replace(expired, expired[:10], good[:10], 1), ofExpired}, "credential"},
		{"too long", [2]string{long, ofLong}, "username"},
		{"not ours", [2]string{"alice", "password"}, "username"},
		{"no room's port", mint(secret, 22, 22), "username"},
		{"another server's", mint(make([]byte, turncred.SecretSize), room, room), "credential"},
		{"another room's key", mint(secret, room+1, room), "credential"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before, err := p.Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			c := p.dial("udp", tt.pair[0], tt.pair[1])
			code, answer := c.do(stun.MethodAllocate, udpTransport)
			if code != 401 || !answer.Contains(stun.AttrRealm) || !answer.Contains(stun.AttrNonce) {
				t.Errorf("answered %d %v, want 401 with realm and nonce", code, answer)
			}
			st, err := p.Status(t.Context())
			if err != nil || st.Refused[tt.reason] == before.Refused[tt.reason] || st.Allocations != 0 {
				t.Errorf("%+v, %v: want one more refused for %q", st, err, tt.reason)
			}
		})
	}
	for _, text := range []string{"somebody", "alice", password, ofExpired, good} {
		if strings.Contains(p.log.String(), text) {
			t.Errorf("the log contains %q", text)
		}
	}
}

// What an allocation was made with goes on being asked for, and nothing is done without one (RFC 8656, section 5).
func TestCredentialsOfAnAllocation(t *testing.T) {
	p := newPlace(t, 2, nil)
	for _, network := range []string{"udp", "tcp"} {
		user, password := p.grant(0, "mine-"+network, time.Minute)
		c := p.dial(network, user, password)
		for name, code := range map[string]int{
			"refresh": first(c.do(stun.MethodRefresh)), "permission": c.permit(p.room(0)), "channel": c.bind(0x4000, p.room(0)),
		} {
			if code != 437 {
				t.Errorf("%s, %s without an allocation: %d, want 437", network, name, code)
			}
		}
		p.call(c, 0)
		for name, tt := range map[string]struct {
			peer string
			room int
			code int
		}{"another peer's": {"other", 0, 441}, "another room's": {"other", 1, 441}} {
			c.user, c.password = p.grant(tt.room, tt.peer, time.Minute)
			for _, m := range []stun.Method{stun.MethodRefresh, stun.MethodCreatePermission} {
				code, answer := c.do(m, peerAddress(p.room(0)))
				if code != tt.code || stun.NewLongTermIntegrity(c.user, c.realm, c.password).Check(answer) != nil {
					t.Errorf("%s, %s with %s credential: %d, want %d, signed", network, m, name, code, tt.code)
				}
			}
		}
		c.password = "wrong"
		if code, answer := c.do(stun.MethodRefresh); code != 401 || !answer.Contains(stun.AttrNonce) {
			t.Errorf("%s, wrong: %d, want 401", network, code)
		}
		c.user, c.password = user, password
		if code, _ := c.do(stun.MethodRefresh); code != 0 || !c.echoes("still", func(b []byte) { c.sendOn(0x4000, b) }) {
			t.Errorf("%s: the call does not go on (refresh: %d)", network, code)
		}
	}
}

// A stolen credential lets its thief send packets to the one port that everybody can send packets to, and to nothing else.
// Meanwhile a call of others goes on without loss.
func TestReach(t *testing.T) {
	p := newPlace(t, 3, nil)
	undisturbed := p.stream(2)
	user, password := p.grant(0, "victim", time.Minute)
	own := p.dial("udp", user, password)
	p.call(own, 0)

	service := listenLocal(t) // another service of the host
	thief := p.dial("tcp", user, password)
	p.call(thief, 0)
	hosts := map[string]netip.Addr{"public": publicIP}
	if addrs, err := net.InterfaceAddrs(); err == nil {
		for _, a := range addrs {
			if ip, ok := netip.AddrFromSlice(a.(*net.IPNet).IP); ok && ip.Unmap().Is4() && relayable(ip.Unmap()) {
				hosts["interface"] = ip.Unmap()
			}
		}
	}
	for name, ip := range hosts {
		if code := thief.permit(netip.AddrPortFrom(ip, uint16(p.cfg.FirstPort))); code != 0 {
			t.Errorf("%s address of the host: %d", name, code)
		}
	}
	refused := map[string]netip.AddrPort{
		"loopback":          netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(p.cfg.FirstPort)),
		"loopback 2":        netip.MustParseAddrPort("127.9.9.9:80"),
		"metadata":          netip.MustParseAddrPort("169.254.169.254:80"),
		"metadata's port":   netip.AddrPortFrom(netip.MustParseAddr("169.254.169.254"), uint16(p.cfg.FirstPort)),
		"private":           netip.AddrPortFrom(netip.MustParseAddr("10.1.2.3"), uint16(p.cfg.FirstPort)),
		"private 2":         netip.AddrPortFrom(netip.MustParseAddr("192.168.1.1"), uint16(p.cfg.FirstPort)),
		"internet":          netip.AddrPortFrom(netip.MustParseAddr("198.51.100.1"), uint16(p.cfg.FirstPort)),
		"unspecified":       netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(p.cfg.FirstPort)),
		"multicast":         netip.MustParseAddrPort("224.0.0.251:5353"),
		"broadcast":         netip.MustParseAddrPort("255.255.255.255:9"),
		"other service":     netip.AddrPortFrom(publicIP, uint16(service.LocalAddr().(*net.UDPAddr).Port)),
		"another room":      p.room(1),
		"the TURN server":   netip.AddrPortFrom(publicIP, uint16(p.cfg.Port)),
		"mapped loopback":   netip.AddrPortFrom(netip.MustParseAddr("::ffff:127.0.0.1"), uint16(p.cfg.FirstPort)),
		"ssh of the public": netip.AddrPortFrom(publicIP, 22),
	}
	n := uint16(0x4100)
	for name, to := range refused {
		n++
		if code := thief.permit(to); code != 403 && code != 443 {
			t.Errorf("permission for %s %v: %d, want 403", name, to, code)
		}
		if code := thief.bind(n, to); code != 403 && code != 443 {
			t.Errorf("channel for %s %v: %d, want 403", name, to, code)
		}
		thief.sendTo(to, []byte("knock"))
	}
	if code, _ := thief.do(stun.MethodCreatePermission, peerAddress(p.room(0)), peerAddress(refused["other service"])); code != 403 {
		t.Errorf("a permission for two, one of which is refused: %d", code)
	}
	// Data to another port of an address that has a permission.
	before, err := p.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"other service", "another room", "the TURN server"} {
		thief.sendTo(refused[name], []byte("knock"))
	}
	p.await("data counted", func(st Status) bool { return st.Refused["data"] >= before.Refused["data"]+3 })
	if !thief.echoes("still", func(b []byte) { thief.sendOn(0x4000, b) }) || !own.echoes("mine", func(b []byte) { own.sendOn(0x4000, b) }) {
		t.Error("the calls of the credential do not go on")
	}
	service.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	if n, _, err := service.ReadFrom(make([]byte, 100)); err == nil {
		t.Errorf("the other service was sent %d bytes", n)
	}
	if st, err := p.Status(t.Context()); err != nil || st.Refused["address"] < uint64(2*len(refused)-2) {
		t.Errorf("%+v, %v: want %d refused addresses", st, err, 2*len(refused))
	}
	undisturbed()
}

// Neither TCP nor reservations are to be had.
func TestNoOtherTransports(t *testing.T) {
	p := newPlace(t, 1, nil)
	user, password := p.grant(0, "a", time.Minute)
	for name, attributes := range map[string][]stun.Setter{
		"tcp":         {attribute{stun.AttrRequestedTransport, []byte{6, 0, 0, 0}}},
		"even port":   {udpTransport, attribute{stun.AttrEvenPort, []byte{0x80}}},
		"reservation": {udpTransport, attribute{stun.AttrReservationToken, []byte("12345678")}},
		"no lifetime": {udpTransport, attribute{stun.AttrLifetime, []byte{0, 0, 0, 0}}},
	} {
		c := p.dial("udp", user, password)
		if code, _ := c.do(stun.MethodAllocate, attributes...); code < 400 {
			t.Errorf("%s: %d", name, code)
		}
	}
	if st, err := p.Status(t.Context()); err != nil || st.Allocations != 0 {
		t.Errorf("%+v, %v", st, err)
	}
}

// Floods of allocations, with and without credentials, and of connections end at their bounds, and take nothing from others.
func TestFloods(t *testing.T) {
	p := newPlace(t, 3, func(c *Config) {
		c.limits.perUser, c.limits.perPort, c.limits.perSource = 5, 8, 40
		c.limits.begin = 3 * time.Second
	})
	undisturbed := p.stream(2)
	user, password := p.grant(0, "greedy", time.Minute)
	made := 0
	for range 10 {
		switch code := p.dial("udp", user, password).allocate(); code {
		case 0:
			made++
		case 486:
		default:
			t.Errorf("allocation %d of a user: %d", made, code)
		}
	}
	if made != 5 {
		t.Errorf("a user has %d allocations, want 5", made)
	}
	made = 0
	for i := range 10 {
		u, pw := p.grant(0, fmt.Sprint("other", i), time.Minute)
		if p.dial("udp", u, pw).allocate() == 0 {
			made++
		}
	}
	if made != 3 {
		t.Errorf("the room has %d more allocations, want 3", made)
	}
	// The other room is there for others.
	u, pw := p.grant(1, "patient", time.Minute)
	p.call(p.dial("udp", u, pw), 1)

	// Without credentials: from one port, as fast as it goes.
	conn, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", p.cfg.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	request := stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest), udpTransport)
	for i := range 5000 {
		conn.Write(request.Raw)
		if i%100 == 99 {
			time.Sleep(time.Millisecond) // a socket's queue is for all; the flood is to reach us
		}
	}
	p.await("flood refused", func(st Status) bool { return st.Refused["flood"] > 1000 })

	// Connections that say nothing, and more than one source may have.
	for range 80 {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.cfg.Port))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	if st := p.await("connections refused", func(st Status) bool { return st.Refused["connection"] >= 21 }); st.Connections > 60 {
		t.Errorf("%d connections of one source, want 60", st.Connections)
	}
	p.await("idle connections closed", func(st Status) bool { return st.Connections == 1 })
	undisturbed()
	if text := p.log.String(); strings.Contains(text, "greedy") || strings.Contains(text, password) {
		t.Errorf("the log tells who: %s", text)
	}
}

// A call outlives its credential for as long as its room knows the peer; a stolen one ends soon after.
func TestAllocationOutlivesCredential(t *testing.T) {
	p := newPlace(t, 1, func(c *Config) { c.limits.silent, c.limits.sweep = 2*time.Second, 100*time.Millisecond })
	user, password := p.grant(0, "a", 2*time.Second)
	busy, idle := p.dial("udp", user, password), p.dial("udp", user, password)
	p.call(busy, 0)
	p.call(idle, 0)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
				busy.sendOn(0x4000, []byte("media"))
			}
		}
	}()
	p.await("idle allocation ended", func(st Status) bool { return st.Allocations == 1 })
	for name, code := range map[string]int{
		"refresh": first(busy.do(stun.MethodRefresh)), "channel": busy.bind(0x4000, p.room(0)), "permission": busy.permit(p.room(0)),
	} {
		if code != 0 {
			t.Errorf("%s of a call whose credential has expired: %d", name, code)
		}
	}
	if code := p.dial("udp", user, password).allocate(); code < 400 {
		t.Errorf("a new allocation with the expired credential: %d", code)
	}
	if st, _ := p.Status(t.Context()); st.Allocations != 1 {
		t.Errorf("%d allocations, want the busy one", st.Allocations)
	}
	p.rooms[0].Close() // the room is gone
	p.await("allocation of a dead room ended", func(st Status) bool { return st.Allocations == 0 })
	close(stop)
	<-done
}

// A robot is given its credentials once, when it joins. Three hours later, and near the end of a long day, it can still be called
// by way of this server: each call makes an allocation of its own.
func TestRobotsCredentialsOutliveASession(t *testing.T) {
	p := newPlace(t, 1, nil)
	for _, since := range []time.Duration{0, 3 * time.Hour, 11 * time.Hour} {
		user, password := p.grant(0, "robot", turncred.MaxLife-since)
		p.call(p.dial("udp", user, password), 0)
	}
	user, password := p.grant(0, "robot", -time.Second)
	if code := p.dial("udp", user, password).allocate(); code != 401 {
		t.Errorf("an expired one: %d, want 401", code)
	}
}

func first(code int, _ *stun.Message) int { return code }

// Bandwidth is bounded.
func TestBandwidth(t *testing.T) {
	p := newPlace(t, 1, func(c *Config) { c.Kbps = 800 }) // 100 kB/s, 64 KiB at once
	user, password := p.grant(0, "a", time.Minute)
	c := p.dial("tcp", user, password)
	p.call(c, 0)
	for range 400 { // 400 kB
		c.sendOn(0x4000, make([]byte, 1000))
	}
	st := p.await("bandwidth", func(st Status) bool { return st.Refused["bandwidth"] > 100 })
	if st.BytesIn > 300<<10 {
		t.Errorf("relayed %d bytes", st.BytesIn)
	}
}

// stream has a peer of the room at index i send a packet each 5 ms; the result ends it, and fails the test when any of them
// did not come back.
func (p *place) stream(i int) (end func()) {
	p.t.Helper()
	user, password := p.grant(i, "undisturbed", time.Minute)
	c := p.dial("tcp", user, password)
	p.call(c, i)
	for len(c.data) > 0 {
		<-c.data
	}
	var back atomic.Int64
	stop := make(chan struct{})
	var running sync.WaitGroup
	sent := 0
	running.Go(func() {
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-stop:
				tick.Stop()
				return
			case <-tick.C:
				c.sendOn(0x4000, fmt.Appendf(nil, "%08d", sent))
				sent++
			}
		}
	})
	running.Go(func() {
		for {
			select {
			case data := <-c.data:
				if len(data) == 8 {
					back.Add(1)
				}
			case <-stop:
				return
			}
		}
	})
	return func() {
		p.t.Helper()
		close(stop)
		running.Wait()
		for deadline := time.After(patience); back.Load() < int64(sent); {
			select {
			case data := <-c.data:
				if len(data) == 8 {
					back.Add(1)
				}
			case <-deadline:
				p.t.Errorf("of %d packets of others %d came back", sent, back.Load())
				return
			}
		}
		p.t.Logf("%d packets of others, none lost", sent)
	}
}

func listenLocal(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// A connection whose allocation has ended has as long as a new one to make another.
func TestConnectionAfterItsAllocation(t *testing.T) {
	p := newPlace(t, 1, func(c *Config) { c.limits.begin = 2 * time.Second })
	user, password := p.grant(0, "a", time.Minute)
	c := p.dial("tcp", user, password)
	p.call(c, 0)
	<-time.After(2500 * time.Millisecond) // longer than begin: nothing comes on the connection
	if code, _ := c.do(stun.MethodRefresh, attribute{stun.AttrLifetime, []byte{0, 0, 0, 0}}); code != 0 {
		t.Fatalf("the end of the allocation: %d", code)
	}
	p.await("allocation ended", func(st Status) bool { return st.Allocations == 0 })
	if code := c.allocate(); code != 0 {
		t.Errorf("a second allocation on the connection: %d", code)
	}
}
