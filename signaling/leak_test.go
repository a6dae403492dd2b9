package signaling

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

// Joins of the leak test; growth is what a process may keep.
const (
	guests      = 28 // at once
	warmUp      = 4  // joins of each before memory is compared
	joinsEach   = 36
	moreMemory  = 12 << 20 // bytes: a heap that is busy differs by so much from one look to the next
	settleAfter = 40 * time.Second
)

// footprint is what a room process uses.
type footprint struct {
	goroutines, files int
	memory            int64 // bytes of its own
}

func (p *process) files() int {
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	return len(files)
}

func (p *process) memory() int64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	f := strings.Fields(string(raw))
	resident, _ := strconv.ParseInt(f[1], 10, 64)
	shared, _ := strconv.ParseInt(f[2], 10, 64)
	return (resident - shared) * int64(os.Getpagesize())
}

// A thousand peers that come and go, or break off at any point, leave nothing in the room's process.
func TestThousandJoinsLeaveNothingBehind(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	http, media := freePorts(t)
	p := startBuilt(t, http, "--media_port="+media, "--max_peers=64")
	people := []control.Invitee{robot}
	for i := range guests {
		people = append(people, control.Invitee{Kind: control.Participant, UUID: fmt.Sprintf("00000000-0000-4000-8000-0000000001%02d", i), Name: "Guest"})
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := p.control.PutSession(ctx, session(people...)); err != nil {
		t.Fatal(err)
	}
	page := func(i control.Invitee) string {
		return fmt.Sprintf("127.0.0.1:%s/%ss?key=%s", http, i.Kind, control.InviteeKey(p.secret, i.Kind, i.UUID))
	}
	publisher, err := headless.Join(ctx, "http://"+page(robot), headless.Options{Tracks: picture("robot")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(publisher.Close)
	counts := p.counts()
	waitFor(t, "the publisher's tracks", func() error {
		if n := counts.tracks.Load(); n != 2 {
			return fmt.Errorf("%d", n)
		}
		return nil
	})

	var failed atomic.Int64
	visits := func(n int) {
		var wg sync.WaitGroup
		for _, who := range people[1:] {
			wg.Go(func() {
				for i := range n {
					sort := i % sorts
					if i == n-1 {
						sort = stays // or the room would wait for the one that broke off
					}
					err := visit("ws://"+page(who), sort)
					if err != nil && !websocket.IsCloseError(err, signal.CloseReplaced) { // by the visit before, which was cut
						failed.Add(1)
						t.Logf("visit of sort %d: %v", sort, err)
					}
				}
			})
		}
		wg.Wait()
	}
	before := footprint{files: p.files()}
	before.goroutines = counts.wait(t, 1<<30)
	visits(warmUp)
	counts.wait(t, before.goroutines)
	before.memory = p.memory()
	began := time.Now()
	visits(joinsEach)
	t.Logf("%d joins in %v, %d failed", guests*joinsEach, time.Since(began), failed.Load())
	after := footprint{goroutines: counts.wait(t, before.goroutines), files: p.files(), memory: p.memory()}
	t.Logf("before %+v, after %+v", before, after)
	if after.files > before.files {
		t.Errorf("%d descriptors, %d before", after.files, before.files)
	}
	if after.memory > before.memory+moreMemory {
		t.Errorf("%d KiB of memory, %d before", after.memory>>10, before.memory>>10)
	}
	if n := failed.Load(); n > guests*joinsEach/50 {
		t.Errorf("%d visits failed", n)
	}
	if !publisher.Connected() {
		t.Error("the publisher is gone")
	}
}

// processCounts follows what a process says of itself.
type processCounts struct {
	goroutines, tracks, looks atomic.Int64
}

func (p *process) counts() *processCounts {
	c := &processCounts{}
	stream := p.stream()
	go func() { // ends with the process
		for {
			e, err := stream.Next()
			if err != nil {
				return
			}
			if e.Quality != nil && e.Quality.Process != nil {
				c.goroutines.Store(int64(e.Quality.Process.Goroutines))
				c.tracks.Store(int64(e.Quality.Process.Tracks))
				c.looks.Add(1)
			}
		}
	}()
	return c
}

// wait waits for a new count of goroutines that is at most n, and returns it.
func (c *processCounts) wait(t *testing.T, n int) int {
	t.Helper()
	looks := c.looks.Load() + 1 // one may be on its way
	for end := time.Now().Add(settleAfter); ; time.Sleep(50 * time.Millisecond) {
		if c.looks.Load() > looks && c.goroutines.Load() <= int64(n) {
			return int(c.goroutines.Load())
		}
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, want at most %d", c.goroutines.Load(), n)
		}
	}
}

// Sorts of visits.
const (
	stays       = iota // takes media, says goodbye
	breaksOff          // takes media, and is gone without a word
	noAnswer           // is offered media, closes the page
	noICE              // answers, and sends no candidate
	halfOffer          // offers and does not wait for the answer
	justASocket        // joins and is cut at once
	sorts
)

// visit joins, does what its sort does, and leaves.
func visit(url string, sort int) error {
	ws, _, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil {
		return err
	}
	defer ws.Close() //nolint:errcheck // a visit may end any way
	cut := func() {
		ws.NetConn().(*net.TCPConn).SetLinger(0) //nolint:errcheck // it is cut with or without a reset
	}
	send := func(m signal.ClientMessage) error {
		raw, err := signal.EncodeClient(m)
		if err != nil {
			return err
		}
		return ws.WriteMessage(websocket.TextMessage, raw)
	}
	if err := send(signal.Join{Protocol: signal.Version}); err != nil {
		return err
	}
	if sort == justASocket {
		cut()
		return nil
	}
	pc, err := smallConnection()
	if err != nil {
		return err
	}
	defer pc.Close() //nolint:errcheck // likewise
	got := make(chan struct{})
	var once sync.Once
	pc.OnTrack(func(*webrtc.TrackRemote, *webrtc.RTPReceiver) { once.Do(func() { close(got) }) })
	if sort == halfOffer {
		if _, err := pc.CreateDataChannel(signal.ChannelReliable, nil); err != nil {
			return err
		}
		offer, err := pc.CreateOffer(nil)
		if err != nil {
			return err
		}
		defer cut()
		return send(signal.ClientOffer{SDP: offer.SDP})
	}
	ws.SetReadDeadline(time.Now().Add(patience)) //nolint:errcheck // the next read says so
	for {
		_, raw, err := ws.ReadMessage()
		if err != nil {
			return err
		}
		m, err := signal.DecodeServer(raw)
		if err != nil {
			continue
		}
		offer, ok := m.(signal.ServerOffer)
		if !ok {
			continue
		}
		if sort == noAnswer {
			return ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""))
		}
		if err := answer(pc, offer.SDP, send, sort != noICE); err != nil {
			return err
		}
		break
	}
	if sort == noICE {
		cut()
		return nil
	}
	for {
		select {
		case <-got:
			if sort == breaksOff {
				cut()
				return nil
			}
			return send(signal.Leave{})
		default:
		}
		ws.SetReadDeadline(time.Now().Add(patience)) //nolint:errcheck // the next read says so
		_, raw, err := ws.ReadMessage()
		if err != nil {
			return err
		}
		if m, err := signal.DecodeServer(raw); err == nil {
			switch m := m.(type) {
			case signal.Candidate:
				if m.Candidate != nil {
					_ = pc.AddICECandidate(webrtc.ICECandidateInit(*m.Candidate))
				}
			case signal.ServerOffer:
				if err := answer(pc, m.SDP, send, true); err != nil {
					return err
				}
			}
		}
	}
}

// answer answers an offer, with all candidates in it unless they are to be left out.
func answer(pc *webrtc.PeerConnection, sdp string, send func(signal.ClientMessage) error, candidates bool) error {
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: sdp}); err != nil {
		return err
	}
	a, err := pc.CreateAnswer(nil)
	if err != nil {
		return err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(a); err != nil {
		return err
	}
	if !candidates {
		return send(signal.Answer{SDP: a.SDP})
	}
	<-gathered
	return send(signal.Answer{SDP: pc.LocalDescription().SDP})
}

// smallConnection is a connection that costs little.
func smallConnection() (*webrtc.PeerConnection, error) {
	m := &webrtc.MediaEngine{}
	if err := m.RegisterDefaultCodecs(); err != nil {
		return nil, err
	}
	var s webrtc.SettingEngine
	s.LoggerFactory = &logging.DefaultLoggerFactory{Writer: io.Discard}
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	s.SetIPFilter(net.IP.IsLoopback)
	return webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithSettingEngine(s)).NewPeerConnection(webrtc.Configuration{})
}
