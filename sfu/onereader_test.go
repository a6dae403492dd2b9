package sfu_test

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

const oneCheckOffer = `v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=ice-ufrag:clientside
a=ice-pwd:0123456789abcdef0123456789
a=fingerprint:sha-256 83:FB:A6:F5:5A:BA:D8:69:9D:D2:30:22:30:6A:4A:3E:15:F4:8E:62:8C:F0:91:2D:36:E9:55:60:91:45:C7:F8
a=setup:passive
a=mid:0
a=sendonly
a=rtcp-mux
a=rtpmap:111 opus/48000/2
`

// asked is a handler that keeps the answer until all candidates are there.
type asked struct {
	sfutest.Silent
	sdp    string
	answer chan string
}

func (a *asked) Answer(sdp string) { a.sdp = sdp }
func (a *asked) Candidate(c *webrtc.ICECandidateInit) {
	if c == nil {
		a.answer <- a.sdp
	}
}

// Some clients (FFmpeg 8) check once, nominate with it, answer the room's checks for a moment, and begin with DTLS. The room
// has several addresses on one socket: that must be enough for it to answer.
func TestOneCheckIsEnough(t *testing.T) {
	room, err := sfu.New(sfu.Config{Listen: ":0", Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { room.Close() }) //nolint:errcheck // the test is over
	for i := range 8 {
		h := &asked{answer: make(chan string, 1)}
		p, err := room.JoinWith(sfu.PeerID(fmt.Sprint("p", i)), h, sfu.Options{Answers: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Offer(strings.ReplaceAll(oneCheckOffer, "\n", "\r\n"), nil); err != nil {
			t.Fatal(err)
		}
		var answer string
		select {
		case answer = <-h.answer:
		case <-time.After(10 * time.Second):
			t.Fatal("no answer")
		}
		value := func(key string) string {
			_, rest, _ := strings.Cut(answer, "a="+key+":")
			v, _, _ := strings.Cut(rest, "\r\n")
			return v
		}
		conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(room.Addr().Port))))
		if err != nil {
			t.Fatal(err)
		}
		check, err := stun.Build(stun.BindingRequest, stun.TransactionID, stun.NewUsername(value("ice-ufrag")+":clientside"),
			stun.RawAttribute{Type: stun.AttrUseCandidate}, stun.NewShortTermIntegrity(value("ice-pwd")), stun.Fingerprint)
		if err != nil {
			t.Fatal(err)
		}
		conn.Write(check.Raw) //nolint:errcheck // it is waited for
		if !beginsDTLS(t, conn) {
			t.Errorf("connection %d: the room has found no path", i)
		}
		conn.Close() //nolint:errcheck // done with it
		p.Close()
	}
}

// beginsDTLS answers the room's first check, and then no more. It reports whether the room begins with DTLS: then it has a path.
func beginsDTLS(t *testing.T, conn *net.UDPConn) bool {
	t.Helper()
	answered := false
	conn.SetReadDeadline(time.Now().Add(3 * time.Second)) //nolint:errcheck // never fails
	b := make([]byte, 1500)
	for {
		n, err := conn.Read(b)
		if err != nil {
			return false
		}
		if n > 0 && b[0] >= 20 && b[0] <= 63 { // RFC 7983
			return true
		}
		m := &stun.Message{Raw: append([]byte{}, b[:n]...)}
		if m.Decode() != nil || m.Type != stun.BindingRequest || answered {
			continue
		}
		out, err := stun.Build(m, stun.BindingSuccess, &stun.XORMappedAddress{IP: net.IPv4(127, 0, 0, 1), Port: 1},
			stun.NewShortTermIntegrity("0123456789abcdef0123456789"), stun.Fingerprint)
		if err != nil {
			t.Fatal(err)
		}
		conn.Write(out.Raw) //nolint:errcheck // never fails on loopback
		answered = true
	}
}
