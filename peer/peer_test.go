package peer_test

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/peer/clip"
	"github.com/gotera/gotera/peer/peertest"
	"github.com/gotera/gotera/proto/signal"
)

func join(t *testing.T, target string, o peer.Options) *peer.Peer {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	p, err := peer.Join(ctx, target, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// received waits until p has got more than n frames of a kind in a codec.
func received(t *testing.T, p *peer.Peer, kind, codec string, n uint64) peer.TrackStats {
	t.Helper()
	var found peer.TrackStats
	waitFor(t, codec, func() error {
		for _, s := range p.Stats() {
			if s.Live && s.Kind == kind && strings.EqualFold(s.Codec, codec) && s.Frames > n {
				found = s
				return nil
			}
		}
		return fmt.Errorf("got %+v", p.Stats())
	})
	return found
}

func TestFilesArePublished(t *testing.T) {
	r := peertest.StartRoom(t, "")
	viewer := join(t, r.URL("users"), peer.Options{})
	tone, err := clip.Load("clip/tone.ogg", 0)
	if err != nil {
		t.Fatal(err)
	}
	h264 := &clip.Clip{MIME: "video/H264", Frames: []clip.Frame{
		{Data: []byte("\x00\x00\x00\x01\x67\x42\xc0\x0a\xd9\x00\x00\x00\x01\x68\xce\x3c\x80\x00\x00\x00\x01\x65\x88\x80\x10"), Duration: 20 * time.Millisecond, Key: true},
		{Data: []byte("\x00\x00\x00\x01\x41\x9a\x80\x20"), Duration: 20 * time.Millisecond},
	}}
	vp9 := &clip.Clip{MIME: "video/VP9", Frames: []clip.Frame{{Data: []byte{0x82, 0x49, 0x83, 0x42, 0, 0, 0xf0, 0, 0xf6}, Duration: 20 * time.Millisecond, Key: true}}}
	join(t, r.URL("devices"), peer.Options{Tracks: []peer.Track{
		{Media: peer.NewPlayer(tone)},
		{Source: signal.SourceCamera, Media: peer.NewPlayer(h264)},
		{Source: signal.SourceCamera2, Media: peer.NewPlayer(vp9)},
		{Source: signal.SourceScreen, Media: peer.NewPattern("screen")},
	}})
	for _, codec := range []string{"video/H264", "video/VP9", "video/VP8"} {
		if s := received(t, viewer, "video", codec, 20); s.Keyframes < 5 || s.Packets < s.Frames || s.Bytes == 0 {
			t.Errorf("%s: %+v", codec, s)
		}
	}
	received(t, viewer, "audio", "audio/opus", 20)
}

func TestPacketsAreHandedOn(t *testing.T) {
	r := peertest.StartRoom(t, "")
	var video, audio atomic.Int64
	viewer := join(t, r.URL("users"), peer.Options{OnPacket: func(from peer.Received, p *rtp.Packet) {
		if from.Kind == "video" && len(p.Payload) > 0 {
			video.Add(1)
		} else if from.Kind == "audio" {
			audio.Add(1)
		}
	}})
	sender := join(t, r.URL("devices"), peer.Options{Name: "Robot", UUID: "u", Tracks: []peer.Track{{Media: peer.NewPattern("")}, {Media: peer.NewTone()}}})
	waitFor(t, "packets", func() error {
		if video.Load() < 5 || audio.Load() < 5 {
			return fmt.Errorf("%d of video, %d of audio", video.Load(), audio.Load())
		}
		return nil
	})
	others := viewer.Peers()
	if len(others) != 1 || others[0].Name != "Robot" || others[0].Kind != "device" || others[0].ID != sender.ID() || len(others[0].Tracks) != 2 {
		t.Errorf("the viewer sees %+v", others)
	}
	if self := sender.Self(); self.Name != "Robot" || self.Verified {
		t.Errorf("the sender is %+v", self)
	}
}

// TestRestartedRoomIsJoinedAgain ends the room and starts it again on its port with its key.
func TestRestartedRoomIsJoinedAgain(t *testing.T) {
	first := peertest.StartRoom(t, "")
	connects := make(chan bool, 10)
	viewer := join(t, first.URL("users"), peer.Options{})
	sender := join(t, first.URL("devices"), peer.Options{
		Tracks:    []peer.Track{{Media: peer.NewPattern("")}},
		OnConnect: func(resumed bool) { connects <- resumed },
	})
	received(t, viewer, "video", "video/VP8", 5)
	<-connects
	before := sender.ID()
	first.Stop()
	peertest.StartRoom(t, first.Addr)
	select {
	case resumed := <-connects:
		if resumed || sender.ID() == before {
			t.Error("a new room cannot resume an old peer")
		}
	case <-time.After(patience):
		t.Fatal("did not come back")
	}
	waitFor(t, "media of the new room", func() error {
		for _, s := range viewer.Stats() {
			if s.Peer == sender.ID() && s.Frames > 5 {
				return nil
			}
		}
		return fmt.Errorf("got %+v", viewer.Stats())
	})
}

func TestPeerGivesUp(t *testing.T) {
	r := peertest.StartRoom(t, "")
	p := join(t, r.URL("devices"), peer.Options{GiveUp: 300 * time.Millisecond})
	r.Stop()
	select {
	case <-p.Done():
	case <-time.After(patience):
		t.Fatal("still trying")
	}
	if err := p.Err(); !errors.Is(err, peer.ErrGaveUp) {
		t.Errorf("got %v, want ErrGaveUp", err)
	}
	if err := p.Send("", "t", nil); !errors.Is(err, peer.ErrClosed) {
		t.Errorf("Send after the end: %v", err)
	}
	if err := p.Publish(peer.Track{Media: peer.NewTone()}); !errors.Is(err, peer.ErrClosed) {
		t.Errorf("Publish after the end: %v", err)
	}
}

// A robot may start before its room.
func TestPatientPeerWaitsForItsRoom(t *testing.T) {
	first := peertest.StartRoom(t, "")
	first.Stop()
	joined := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		p, err := peer.Join(ctx, first.URL("devices"), peer.Options{Patient: true})
		if err == nil {
			p.Close()
		}
		joined <- err
	}()
	select {
	case err := <-joined:
		t.Fatalf("without a room: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	peertest.StartRoom(t, first.Addr)
	if err := <-joined; err != nil {
		t.Error(err)
	}
}

func TestCloseIsNoError(t *testing.T) {
	r := peertest.StartRoom(t, "")
	p := join(t, r.URL("devices"), peer.Options{})
	p.Close()
	p.Close()
	<-p.Done()
	if err := p.Err(); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

// TestThroughATLSProxy checks the paths that a proxy serves, and how its certificate is trusted.
func TestThroughATLSProxy(t *testing.T) {
	r := peertest.StartRoom(t, "")
	target, _ := url.Parse("http://" + r.Addr)
	forward := httputil.NewSingleHostReverseProxy(target)
	proxy := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !strings.HasPrefix(req.URL.Path, "/websocket/8080/") { // today's proxies upgrade nothing else
			http.Error(w, "not here", http.StatusBadGateway)
			return
		}
		forward.ServeHTTP(w, req)
	}))
	t.Cleanup(proxy.Close)
	page := proxy.URL + "/webrtc/8080/devices?key=" + peertest.SharedKey
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: proxy.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	join(t, page, peer.Options{Insecure: true}).Close()
	join(t, page, peer.Options{CAFile: ca}).Close()
	if _, err := peer.Join(t.Context(), page, peer.Options{}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("unknown certificate: got %v", err)
	}
	if _, err := peer.Join(t.Context(), page, peer.Options{CAFile: "/nowhere"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no CA file: got %v", err)
	}
}

func TestBadURLs(t *testing.T) {
	for target, want := range map[string]string{
		"":                           "does not begin with",
		"ftp://host/devices?key=k":   "does not begin with",
		"https:///devices?key=k":     "no host or no key",
		"https://host/devices":       "no host or no key",
		"https://host/%zz?key=abcde": "cannot be read",
	} {
		_, err := peer.Join(t.Context(), target, peer.Options{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "abcde") {
			t.Errorf("%q: got %v, want %q and no key", target, err, want)
		}
	}
}

func TestJoinObeysItsContext(t *testing.T) {
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() }))
	t.Cleanup(hang.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := peer.Join(ctx, hang.URL+"/devices?key=k", peer.Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// The room gives messages as long a life on their way from there as the channel says.
func TestLossyChannelTellsItsLife(t *testing.T) {
	r := peertest.StartRoom(t, "")
	for _, tt := range []struct {
		life time.Duration
		want uint16 // ms
	}{{0, 100}, {30 * time.Millisecond, 30}, {time.Microsecond, 1}, {-1, 0}} {
		dc := join(t, r.URL("devices"), peer.Options{LossyLife: tt.life}).Lossy()
		life, again := dc.MaxPacketLifeTime(), dc.MaxRetransmits()
		if dc.Ordered() || tt.want > 0 && (life == nil || *life != tt.want) || tt.want == 0 && (again == nil || *again != 0) {
			t.Errorf("%v: ordered %v, life %v, sent again %v", tt.life, dc.Ordered(), life, again)
		}
	}
}

// What comes and goes flows each time, in a room whose first offer has numbered the codecs.
func TestPublishedAgain(t *testing.T) {
	r := peertest.StartRoom(t, "")
	viewer := join(t, r.URL("users"), peer.Options{Tracks: []peer.Track{{Media: peer.NewPattern("viewer")}, {Media: peer.NewTone()}}})
	received(t, join(t, r.URL("users"), peer.Options{}), "video", "video/VP8", 5)
	p := join(t, r.URL("devices"), peer.Options{Tracks: []peer.Track{{Media: peer.NewTone()}}})
	received(t, p, "video", "video/VP8", 5)
	var seen peer.TrackStats
	for round := range 4 {
		if err := p.Publish(peer.Track{Source: signal.SourceScreen, Media: peer.NewPattern("screen")}); err != nil {
			t.Fatal(err)
		}
		seen = received(t, viewer, "video", "video/VP8", seen.Frames+5)
		if err := p.Unpublish(signal.SourceScreen); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "end of the track", func() error {
			for _, s := range viewer.Stats() {
				if s.Live && s.Kind == "video" {
					return fmt.Errorf("round %d: %+v is there", round, s)
				}
			}
			return nil
		})
	}
}

// What comes and goes very often does not use up the m-lines that the room takes.
func TestPublishedVeryOften(t *testing.T) {
	r := peertest.StartRoom(t, "")
	viewer := join(t, r.URL("users"), peer.Options{})
	p := join(t, r.URL("devices"), peer.Options{Tracks: []peer.Track{{Media: peer.NewTone()}}})
	received(t, viewer, "audio", "audio/opus", 5)
	for range 300 {
		if err := p.Publish(peer.Track{Source: signal.SourceScreen, Media: peer.NewPattern("screen")}); err != nil {
			t.Fatal(err)
		}
		if err := p.Unpublish(signal.SourceScreen); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Publish(peer.Track{Source: signal.SourceScreen, Media: peer.NewPattern("screen")}); err != nil {
		t.Fatal(err)
	}
	received(t, viewer, "video", "video/VP8", 5)
	if n := p.Lines(); n > 60 {
		t.Errorf("%d m-lines", n)
	}
}
