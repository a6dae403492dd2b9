package check_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/pion/turn/v5"

	"github.com/gotera/gotera/peer/check"
	"github.com/gotera/gotera/proto/signal"
)

// behind is the address at which only the relay finds the echo peer: from here nothing gets there (RFC 5737).
const behind = "192.0.2.1"

const (
	user   = "somebody"
	secret = "credential"
)

// relay is a TURN server on loopback, one port for each way.
type relay struct {
	urls        map[check.Way]string
	certificate *tls.Certificate
}

// newRelay leads to addresses as they are, or to the one behind it.
func newRelay(t *testing.T, certificate tls.Certificate, direct bool) *relay {
	t.Helper()
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{certificate: &certificate}
	tcp, secure := listen(), listen()
	r.urls = map[check.Way]string{
		check.RelayUDP: "turn:" + udp.LocalAddr().String() + "?transport=udp",
		check.RelayTCP: "turn:" + tcp.Addr().String() + "?transport=tcp",
		check.RelayTLS: "turns:" + secure.Addr().String() + "?transport=tcp",
	}
	secure = tls.NewListener(secure, &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return r.certificate, nil },
	})
	static := &turn.RelayAddressGeneratorStatic{RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"}
	addresses := turn.RelayAddressGenerator(static)
	if !direct {
		addresses = relayed{static}
	}
	server, err := turn.NewServer(turn.ServerConfig{
		Realm: "test",
		AuthHandler: func(a *turn.RequestAttributes) (string, []byte, bool) {
			return a.Username, turn.GenerateAuthKey(a.Username, a.Realm, secret), a.Username == user
		},
		PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: udp, RelayAddressGenerator: addresses}},
		ListenerConfigs: []turn.ListenerConfig{
			{Listener: tcp, RelayAddressGenerator: addresses}, {Listener: secure, RelayAddressGenerator: addresses},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return r
}

// useCertificate changes that of TLS.
func (r *relay) useCertificate(_ *testing.T, c tls.Certificate) { r.certificate = &c }

// servers are the ICE servers of the ways, as the real one offers them: all URLs with one grant.
func (r *relay) servers(ways []check.Way) []signal.ICEServer {
	var urls []string
	for _, way := range check.Ways {
		if slices.Contains(ways, way) {
			urls = append(urls, r.urls[way])
		}
	}
	if len(urls) == 0 {
		return nil
	}
	return []signal.ICEServer{{URLs: urls, Username: user, Credential: secret}}
}

// relayed makes relays that find what is behind their server.
type relayed struct {
	*turn.RelayAddressGeneratorStatic
}

func (g relayed) AllocatePacketConn(c turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	conn, addr, err := g.RelayAddressGeneratorStatic.AllocatePacketConn(c)
	return translated{conn}, addr, err
}

// translated is a socket for which loopback is at the address behind.
type translated struct{ net.PacketConn }

func (c translated) WriteTo(b []byte, to net.Addr) (int, error) {
	if a := to.(*net.UDPAddr); a.IP.String() == behind {
		to = &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: a.Port}
	}
	return c.PacketConn.WriteTo(b, to)
}

func (c translated) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.PacketConn.ReadFrom(b)
	if a, ok := from.(*net.UDPAddr); ok {
		from = &net.UDPAddr{IP: net.ParseIP(behind), Port: a.Port}
	}
	return n, from, err
}

// otherCertificate is for the same address, of somebody else.
func otherCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour),
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(fmt.Errorf("make certificate: %w", err))
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}
