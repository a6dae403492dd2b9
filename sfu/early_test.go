package sfu_test

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// offered is a handler that keeps the room's offers.
type offered struct {
	sfutest.Silent
	offers     chan string
	candidates chan string
}

func (o *offered) Offer(sdp string, _ []sfu.SentTrack) { o.offers <- sdp }

func (o *offered) Candidate(c *webrtc.ICECandidateInit) {
	if c != nil {
		o.candidates <- c.Candidate
	}
}

// newcomer is a client that has been offered what another publishes, and has not answered yet.
type newcomer struct {
	t                     *testing.T
	peer                  *sfu.Peer
	answer, ufrag, passwd string // passwd is the room's
	socket                *net.UDPConn
	role                  stun.AttrType // the client's
}

func attribute(sdp, name string) string {
	found := regexp.MustCompile(`(?m)^a=` + name + `:(\S+)`).FindStringSubmatch(sdp)
	if found == nil {
		return ""
	}
	return found[1]
}

func newNewcomer(t *testing.T, o sfu.Options) *newcomer {
	t.Helper()
	room := newRoom(t)
	sfutest.Connect(t, room, "camera", sfutest.Options{}).Publish("camera", sfu.KindVideo)
	sfutest.WaitFor(t, 10*time.Second, "the camera is published", func() bool { return len(room.Stats().Peers[0].Published) > 0 })
	h := &offered{offers: make(chan string, 16), candidates: make(chan string, 16)}
	p, err := room.JoinWith("newcomer", h, o)
	if err != nil {
		t.Fatal(err)
	}
	offer := <-h.offers
	for tries := 0; !strings.Contains(offer, "a=end-of-candidates") && tries < 3; tries++ { // a busy machine gathers for longer than offers wait
		p.Close()
		h = &offered{offers: make(chan string, 16), candidates: make(chan string, 16)}
		if p, err = room.JoinWith(sfu.PeerID(fmt.Sprint("newcomer", tries)), h, o); err != nil {
			t.Fatal(err)
		}
		offer = <-h.offers
	}
	if len(h.candidates) > 0 {
		t.Errorf("%d candidates came before the offer, which has them", len(h.candidates))
	}
	at := regexp.MustCompile(`a=candidate:\S+ 1 udp \d+ (127\.0\.0\.1) (\d+) typ host`).FindStringSubmatch(offer)
	if at == nil || !strings.Contains(offer, "a=end-of-candidates") {
		t.Fatalf("the first offer has not all candidates: %q", regexp.MustCompile(`a=(candidate|end-of).*`).FindAllString(offer, -1))
	}
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		t.Fatal(err)
	}
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(netip.MustParseAddrPort(at[1]+":"+at[2])))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	role := stun.AttrICEControlled // who offers is the other, as a rule
	if o.Lite {
		role = stun.AttrICEControlling
	}
	return &newcomer{role: role,
		t: t, peer: p, answer: answer.SDP, ufrag: attribute(offer, "ice-ufrag") + ":" + attribute(answer.SDP, "ice-ufrag"),
		passwd: attribute(offer, "ice-pwd"), socket: socket,
	}
}

// check sends a check and returns its id.
func (n *newcomer) check(name, password string) (id [stun.TransactionIDSize]byte) {
	n.t.Helper()
	m, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(name),
		stun.RawAttribute{Type: n.role, Value: make([]byte, 8)},
		stun.RawAttribute{Type: stun.AttrPriority, Value: []byte{110, 0, 0, 1}},
		stun.NewShortTermIntegrity(password), stun.Fingerprint)
	if err != nil {
		n.t.Fatal(err)
	}
	if _, err := n.socket.Write(m.Raw); err != nil {
		n.t.Fatal(err)
	}
	return m.TransactionID
}

// answered is the id of the next check that the room answers.
func (n *newcomer) answered() [stun.TransactionIDSize]byte {
	n.t.Helper()
	_ = n.socket.SetReadDeadline(time.Now().Add(10 * time.Second))
	b := make([]byte, 1500)
	for {
		size, err := n.socket.Read(b)
		if err != nil {
			n.t.Fatalf("no check was answered: %v", err)
		}
		m := &stun.Message{Raw: b[:size]}
		if !stun.IsMessage(m.Raw) || m.Decode() != nil || m.Type != stun.BindingSuccess {
			continue
		}
		var mapped stun.XORMappedAddress
		own := n.socket.LocalAddr().(*net.UDPAddr)
		if mapped.GetFrom(m) != nil || mapped.Port != own.Port || !mapped.IP.Equal(own.IP) {
			n.t.Errorf("the room saw the check come from %v, not %v", mapped, own)
		}
		if err := stun.NewShortTermIntegrity(n.passwd).Check(m); err != nil {
			n.t.Errorf("answer: %v", err)
		}
		return m.TransactionID
	}
}

// A check that comes before the client's answer is not lost: an ICE-lite room answers it at once, and each takes it up when it
// can, so that the client need not send it again.
func TestEarlyCheckIsKept(t *testing.T) {
	for name, lite := range map[string]bool{"lite": true, "full": false} {
		t.Run(name, func(t *testing.T) {
			n := newNewcomer(t, sfu.Options{Lite: lite})
			stranger := n.check(n.ufrag, "a password that is not the room's")
			id := n.check(n.ufrag, n.passwd)
			if lite {
				if got := n.answered(); got != id {
					t.Errorf("answered %x, want %x; the stranger's is %x", got, id, stranger)
				}
			}
			if err := n.peer.Answer(n.answer); err != nil {
				t.Fatal(err)
			}
			if got := n.answered(); got != id {
				t.Errorf("when ICE was there it answered %x, want %x; the stranger's is %x", got, id, stranger)
			}
		})
	}
}
