package connectivity

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/webrtc/v4"
)

func newEcho(t *testing.T, cfg Config) *Echo {
	t.Helper()
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	cfg.Loopback = true
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// client is a plain Pion peer with one data channel.
type client struct {
	t       *testing.T
	pc      *webrtc.PeerConnection
	channel *webrtc.DataChannel
	opened  chan struct{}
	closed  chan struct{}
	heard   chan string
}

func newClient(t *testing.T, types ...webrtc.NetworkType) *client {
	t.Helper()
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetNetworkTypes(types)
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(s)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	c := &client{t: t, pc: pc, opened: make(chan struct{}), closed: make(chan struct{}), heard: make(chan string, maxMessages)}
	if c.channel, err = pc.CreateDataChannel("echo", nil); err != nil {
		t.Fatal(err)
	}
	c.channel.OnOpen(func() { close(c.opened) })
	c.channel.OnClose(func() { close(c.closed) })
	c.channel.OnMessage(func(m webrtc.DataChannelMessage) {
		select {
		case c.heard <- string(m.Data):
		default:
		}
	})
	return c
}

func (c *client) offer() string {
	c.t.Helper()
	offer, err := c.pc.CreateOffer(nil)
	if err == nil {
		err = c.pc.SetLocalDescription(offer)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return offer.SDP
}

func (c *client) connect(e *Echo, owner string) {
	c.t.Helper()
	answer, err := e.Answer(c.t.Context(), owner, c.offer())
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		c.t.Fatal(err)
	}
	await(c.t, "the channel is open", c.opened)
}

func await[T any](t *testing.T, what string, ch <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-ch:
	case <-time.After(15 * time.Second):
		t.Fatalf("waited in vain: %s", what)
	}
	return v
}

func (e *Echo) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.peers)
}

func waitEmpty(t *testing.T, e *Echo) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); e.count() > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d peers are left", e.count())
		}
	}
}

func TestEchoOnEachWay(t *testing.T) {
	for name, tt := range map[string]struct {
		listen string
		kind   webrtc.NetworkType
	}{
		"UDP": {"127.0.0.1:0", webrtc.NetworkTypeUDP4}, "TCP": {"127.0.0.1:0", webrtc.NetworkTypeTCP4},
		"UDP, IPv6": {"[::1]:0", webrtc.NetworkTypeUDP6}, "UDP, all addresses": {":0", webrtc.NetworkTypeUDP4},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEcho(t, Config{Listen: tt.listen})
			c := newClient(t, tt.kind)
			c.connect(e, "a")
			if err := c.channel.SendText("hello"); err != nil {
				t.Fatal(err)
			}
			if got := await(t, "an echo", c.heard); got != "hello" {
				t.Errorf("got %q", got)
			}
			pair, err := c.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
			if err != nil || pair.Remote.Port != uint16(e.Port()) || (pair.Remote.Protocol == webrtc.ICEProtocolTCP) != (name == "TCP") {
				t.Errorf("connected over %v, %v", pair, err)
			}
			_ = c.pc.Close()
			waitEmpty(t, e)
		})
	}
}

// A browser hides its addresses behind names that only its own network resolves; the echo peer needs none of them.
func TestHiddenAddressesConnect(t *testing.T) {
	e := newEcho(t, Config{})
	c := newClient(t, webrtc.NetworkTypeUDP4)
	offer := c.offer() + "a=candidate:1 1 udp 2113937151 0b7a0d0e-0000-4000-8000-000000000000.local 50000 typ host\r\n"
	answer, err := e.Answer(t.Context(), "a", offer)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
	await(t, "the channel is open", c.opened)
}

func TestOffersThatAreRefused(t *testing.T) {
	e := newEcho(t, Config{})
	good := newClient(t, webrtc.NetworkTypeUDP4).offer()
	video := strings.Replace(good, "m=application", "m=video", 1)
	for name, offer := range map[string]string{
		"empty": "", "nonsense": "hello", "no section": good[:strings.Index(good, "m=")], "video": video,
		"two sections": good + good[strings.Index(good, "m="):], "no fingerprint": strings.ReplaceAll(good, "a=fingerprint", "a=x"),
		"no ufrag": strings.ReplaceAll(good, "a=ice-ufrag", "a=x"), "too long": good + "a=x:" + strings.Repeat("y", maxOffer) + "\r\n",
	} {
		if _, err := e.Answer(t.Context(), "a", offer); !errors.Is(err, ErrOffer) {
			t.Errorf("%s: got %v, want ErrOffer", name, err)
		}
	}
	waitEmpty(t, e)
}

func TestOfferLosesItsCandidates(t *testing.T) {
	good := newClient(t, webrtc.NetworkTypeUDP4).offer()
	got, err := checkOffer(good + "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=end-of-candidates\r\n")
	if err != nil || strings.Contains(got, "candidate") {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestPublicAddressesAreOffered(t *testing.T) {
	e, err := New(Config{Listen: ":0", PublicIPs: []string{"203.0.113.7", "2001:db8::7"}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	answer, err := e.Answer(t.Context(), "a", newClient(t, webrtc.NetworkTypeUDP4).offer())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(answer, " 203.0.113.7 ") || strings.Contains(answer, "127.0.0.1 ") || !strings.Contains(answer, "a=ice-lite") {
		t.Errorf("answer without the public address, with another, or without ice-lite:\n%s", answer)
	}
	if _, err := New(Config{Listen: ":0", PublicIPs: []string{"example"}}); err == nil {
		t.Error("a public address that is none was taken")
	}
}

func TestNumbersAreBounded(t *testing.T) {
	e := newEcho(t, Config{MaxPeers: 3, PerOwner: 2})
	offer := newClient(t, webrtc.NetworkTypeUDP4).offer()
	for i, tt := range []struct {
		owner string
		want  error
	}{{"a", nil}, {"a", nil}, {"a", ErrFull}, {"b", nil}, {"c", ErrFull}} {
		if _, err := e.Answer(t.Context(), tt.owner, offer); !errors.Is(err, tt.want) {
			t.Errorf("offer %d: got %v, want %v", i, err, tt.want)
		}
	}
}

func TestPeerEndsInTime(t *testing.T) {
	e := newEcho(t, Config{PeerTime: 300 * time.Millisecond})
	c := newClient(t, webrtc.NetworkTypeUDP4)
	c.connect(e, "a")
	await(t, "the channel is closed", c.closed)
	waitEmpty(t, e)
}

func TestAbandonedPeerEndsSooner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, opened := range []bool{false, true} {
			p := &peer{done: make(chan struct{})}
			p.opened.Store(opened)
			start := time.Now()
			p.run(30 * time.Second)
			if got, want := time.Since(start), map[bool]time.Duration{false: connectTime, true: 30 * time.Second}[opened]; got != want {
				t.Errorf("opened %v: ended after %v, want %v", opened, got, want)
			}
		}
	})
}

func TestFloodEndsThePeer(t *testing.T) {
	for name, flood := range map[string]func(*client){
		"many": func(c *client) {
			for range maxMessages + 1 {
				_ = c.channel.SendText("x")
			}
		},
		"large": func(c *client) { _ = c.channel.Send(make([]byte, maxMessage+1)) },
	} {
		t.Run(name, func(t *testing.T) {
			e := newEcho(t, Config{})
			c := newClient(t, webrtc.NetworkTypeUDP4)
			c.connect(e, "a")
			flood(c)
			if name == "many" {
				await(t, "the channel is closed", c.closed)
				waitEmpty(t, e)
				return
			}
			_ = c.channel.SendText("after")
			select {
			case <-c.closed:
			case got := <-c.heard: // Pion does not send what is larger than the answer allows
				if got != "after" {
					t.Errorf("a large message came back: %d bytes", len(got))
				}
			case <-time.After(15 * time.Second):
				t.Error("neither an echo nor an end")
			}
		})
	}
}

func TestCloseEndsAll(t *testing.T) {
	e := newEcho(t, Config{})
	c := newClient(t, webrtc.NetworkTypeUDP4)
	c.connect(e, "a")
	e.Close()
	if n := e.count(); n != 0 {
		t.Errorf("%d peers are left", n)
	}
	if _, err := e.Answer(context.Background(), "a", newClient(t, webrtc.NetworkTypeUDP4).offer()); err == nil {
		t.Error("an offer was answered after the end")
	}
	again, err := New(Config{Listen: "127.0.0.1:" + itoa(e.Port())})
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	again.Close()
}
