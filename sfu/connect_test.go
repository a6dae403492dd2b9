package sfu_test

import (
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

func TestOverTCP(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{TCP: true})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	b.Publish("camera", sfu.KindVideo)
	check(t, b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second), a.Receives(b, "camera", sfu.KindVideo, 60, 10*time.Second))
}

func TestICERestart(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	r := b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	ufrag := func(c *sfutest.Client) string {
		return regexp.MustCompile(`ice-ufrag:(\S+)`).FindString(c.PC.CurrentRemoteDescription().SDP)
	}
	for _, c := range []*sfutest.Client{b, a} {
		old := ufrag(c)
		c.Restart()
		sfutest.WaitFor(t, 5*time.Second, "the server has restarted, too", func() bool { return ufrag(c) != old })
		n := r.Snapshot().Packets
		sfutest.WaitFor(t, 5*time.Second, "media goes on", func() bool { return r.Snapshot().Packets > n+120 })
	}
	if err := r.Check(); err != nil {
		t.Error(err)
	}
}

// candidates joins a room with cfg and returns the addresses that the peer is given.
func candidates(t *testing.T, cfg sfu.Config) (addresses []string, answer string) {
	t.Helper()
	room, err := sfu.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close()
	h := &gatherer{answer: make(chan string, 1), done: make(chan struct{})}
	p, err := room.Join("a", h)
	if err != nil {
		t.Fatal(err)
	}
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	if _, err = pc.CreateDataChannel("reliable", nil); err != nil {
		t.Fatal(err)
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = p.Offer(offer.SDP, nil)
	answer = <-h.answer
	<-h.done
	return h.addresses, answer
}

type gatherer struct {
	sfutest.Silent
	answer    chan string
	addresses []string
	done      chan struct{}
}

func (g *gatherer) Answer(sdp string) { g.answer <- sdp }

func (g *gatherer) Candidate(c *webrtc.ICECandidateInit) {
	if c == nil {
		close(g.done)
		return
	}
	g.addresses = append(g.addresses, strings.Fields(c.Candidate)[4])
}

func TestCandidates(t *testing.T) {
	local, _ := candidates(t, sfu.Config{})
	for _, a := range local {
		if ip := net.ParseIP(a); ip == nil || ip.IsLoopback() {
			t.Errorf("local: %s is offered", a)
		}
	}
	if len(local) == 0 {
		t.Error("local: no candidate")
	}
	loop, _ := candidates(t, sfu.Config{Loopback: true})
	if !contains(loop, "127.0.0.1") {
		t.Errorf("loopback: %v", loop)
	}
	public, answer := candidates(t, sfu.Config{PublicIPs: []string{"203.0.113.7"}, ICELite: true})
	if !contains(public, "203.0.113.7") || contains(public, "127.0.0.1") {
		t.Errorf("public: %v", public)
	}
	for _, a := range local {
		if net.ParseIP(a).To4() != nil && contains(public, a) {
			t.Errorf("public: the local address is offered, too: %v", public)
		}
	}
	if !strings.Contains(answer, "a=ice-lite") {
		t.Error("no ice-lite in the answer")
	}
	both, _ := candidates(t, sfu.Config{PublicIPs: []string{"203.0.113.7"}, Loopback: true})
	if !contains(both, "203.0.113.7") || !contains(both, "127.0.0.1") {
		t.Errorf("public and loopback: %v", both)
	}
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// Browsers name their addresses so that only their own network resolves them (mDNS): the room learns them from the checks.
func TestHiddenAddressesConnect(t *testing.T) {
	room := newRoom(t)
	for _, tcp := range []bool{false, true} {
		a := sfutest.Connect(t, room, fmt.Sprint("a", tcp), sfutest.Options{MDNS: true, TCP: tcp})
		b := sfutest.Connect(t, room, fmt.Sprint("b", tcp), sfutest.Options{MDNS: true})
		a.Publish("camera", sfu.KindVideo)
		b.Publish("camera", sfu.KindVideo)
		check(t, b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second), a.Receives(b, "camera", sfu.KindVideo, 60, 10*time.Second))
	}
}

// A host with a public address of each family offers both, and its own of neither.
func TestPublicAddressesOfBothFamilies(t *testing.T) {
	public, _ := candidates(t, sfu.Config{PublicIPs: []string{"203.0.113.7", "2001:db8::7"}})
	for _, a := range public {
		if a != "203.0.113.7" && a != "2001:db8::7" {
			t.Errorf("%s is offered", a)
		}
	}
	if !contains(public, "203.0.113.7") {
		t.Errorf("got %v", public)
	}
}

func TestBadConfig(t *testing.T) {
	for _, cfg := range []sfu.Config{
		{Listen: "nonsense"}, {PublicIPs: []string{"example"}}, {PublicIPs: []string{"192.0.2.1", "192.0.2.2"}},
	} {
		if room, err := sfu.New(cfg); err == nil {
			_ = room.Close()
			t.Errorf("%+v was taken", cfg)
		}
	}
}

func TestICELiteConnects(t *testing.T) {
	t.Run("towards everybody", func(t *testing.T) { connectsLite(t, true, sfu.Options{}) })
	t.Run("towards one", func(t *testing.T) { connectsLite(t, false, sfu.Options{Lite: true}) })
}

// connectsLite has a client connect with an ICE-lite room, or be one of those whom it is that to, and restart ICE.
func connectsLite(t *testing.T, all bool, o sfu.Options) {
	room, err := sfu.New(sfu.Config{Listen: "127.0.0.1:0", Loopback: true, ICELite: all})
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close()
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{Join: o})
	a.Publish("camera", sfu.KindVideo)
	r := b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	check(t, r)
	b.Restart()
	n := r.Snapshot().Packets
	sfutest.WaitFor(t, 10*time.Second, "media goes on after an ICE restart", func() bool { return r.Snapshot().Packets > n+60 })
}

// A room that listens on all addresses is reached on each of them.
func TestWildcardSocket(t *testing.T) {
	room, err := sfu.New(sfu.Config{Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close()
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	check(t, b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second))
}
