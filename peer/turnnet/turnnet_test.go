package turnnet

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/turn/v5"
)

// server is a TURN server on loopback, of the family of address.
func server(t *testing.T, address string) netip.AddrPort {
	t.Helper()
	c, err := net.ListenPacket("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	at := c.LocalAddr().(*net.UDPAddr).AddrPort()
	s, err := turn.NewServer(turn.ServerConfig{
		Realm: "test",
		AuthHandler: func(a *turn.RequestAttributes) (string, []byte, bool) {
			return a.Username, turn.GenerateAuthKey(a.Username, a.Realm, "password"), true
		},
		PacketConnConfigs: []turn.PacketConnConfig{{
			PacketConn: c, RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{RelayAddress: at.Addr().AsSlice(), Address: at.Addr().String()},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return at
}

// A client makes its allocation at whichever address of a server answers: that of IPv6 where IPv4 leads nowhere, too. Packets go
// there and back.
func TestAllocation(t *testing.T) {
	v4, v6 := server(t, "127.0.0.1:0"), server(t, "[::1]:0")
	dead := netip.MustParseAddrPort("127.0.0.1:9") // nobody answers
	for _, tt := range []struct {
		name          string
		first, second netip.AddrPort // of the server's name
		family6       bool
	}{
		{"IPv4 only", v4, netip.AddrPort{}, false}, {"IPv6 only", v6, netip.AddrPort{}, true},
		{"IPv4 blocked", dead, v6, true}, {"IPv6 blocked", v4, netip.MustParseAddrPort("[::1]:9"), false},
		{"IPv4 without a route", netip.MustParseAddrPort("240.0.0.1:9"), v6, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n, err := New()
			if err != nil {
				t.Fatal(err)
			}
			n.resolve = func(network, _ string) (*net.UDPAddr, error) {
				switch {
				case network != "udp6":
					return net.UDPAddrFromAddrPort(tt.first), nil
				case tt.second.IsValid():
					return net.UDPAddrFromAddrPort(tt.second), nil
				}
				return nil, &net.AddrError{Err: "no such host"}
			}
			conn, err := n.ListenPacket("udp4", "0.0.0.0:0")
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			client, err := turn.NewClient(&turn.ClientConfig{TURNServerAddr: "server:1", Conn: conn, Username: "somebody", Password: "password", Net: n})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if err := client.Listen(); err != nil {
				t.Fatal(err)
			}
			relay, err := client.Allocate()
			if err != nil {
				t.Fatal(err)
			}
			defer relay.Close()
			at := relay.LocalAddr().(*net.UDPAddr)
			if got := at.IP.To4() == nil; got != tt.family6 {
				t.Errorf("relayed at %v, IPv6 %v", at, tt.family6)
			}
			echo(t, relay, at.IP)
		})
	}
}

// echo has packets come back from a peer at ip.
func echo(t *testing.T, relay net.PacketConn, ip net.IP) {
	t.Helper()
	room, err := net.ListenUDP("udp", &net.UDPAddr{IP: ip})
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close()
	go func() {
		buf := make([]byte, 100)
		for {
			n, from, err := room.ReadFrom(buf)
			if err != nil {
				return
			}
			room.WriteTo(buf[:n], from)
		}
	}()
	relay.SetReadDeadline(time.Now().Add(15 * time.Second))
	for range 10 {
		if _, err := relay.WriteTo([]byte("hello"), room.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 100)
		if n, _, err := relay.ReadFrom(buf); err != nil || string(buf[:n]) != "hello" {
			t.Fatalf("got %q, %v", buf[:n], err)
		}
	}
}

// What is no TURN client's socket is Pion's business, and the interfaces are those of now.
func TestTheRestIsPions(t *testing.T) {
	n, err := New()
	if err != nil {
		t.Fatal(err)
	}
	c, err := n.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, ours := c.(*conn); ours {
		t.Error("a socket at one address is for both families")
	}
	list, err := n.Interfaces()
	if err != nil || len(list) == 0 {
		t.Errorf("interfaces: %v, %v", list, err)
	}
	if again, _ := n.Interfaces(); len(list) > 0 && len(again) > 0 && list[0] == again[0] {
		t.Error("the interfaces are remembered")
	}
}
