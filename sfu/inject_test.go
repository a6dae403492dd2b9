package sfu_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// victim is a room with a publisher and a subscriber to which things happen.
type victim struct {
	room   *sfu.Room
	a, b   *sfutest.Client
	layers map[string]*sfutest.Publication // simulcast video
	sound  *sfutest.Publication
	refuse *atomic.Bool // b answers without taking anything
	hidden atomic.Bool  // b does not show the video
	blind  atomic.Bool  // what is sent to b is lost, which the room hears of only by the reports that do not go on
}

func newVictim(t *testing.T) *victim {
	room, err := sfu.New(sfu.Config{Listen: "127.0.0.1:0", Loopback: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = room.Close() })
	v := &victim{room: room, refuse: &atomic.Bool{}}
	v.a = sfutest.Connect(t, room, "a", sfutest.Options{FPS: 10}) // twenty of these rooms are to leave a processor to others
	v.b = sfutest.Connect(t, room, "b", sfutest.Options{Answer: func(sdp string) string {
		if v.refuse.Load() {
			return strings.ReplaceAll(sdp, "a=recvonly", "a=inactive")
		}
		return sdp
	}})
	v.layers = v.a.PublishSimulcast("camera", "q", "h")
	v.sound = v.a.Publish("camera", sfu.KindAudio)
	v.b.Receives(v.a, "camera", sfu.KindVideo, 1, 20*time.Second)
	v.b.Receives(v.a, "camera", sfu.KindAudio, 1, 20*time.Second)
	return v
}

// layer is one of the simulcast layers.
func (v *victim) layer(r *rand.Rand) *sfutest.Publication {
	return v.layers[[]string{"q", "h"}[r.IntN(2)]]
}

// faults are what can happen. Each returns how it ends.
var faults = map[string]func(v *victim, r *rand.Rand) (heal func()){
	"a layer stops": func(v *victim, r *rand.Rand) func() {
		p := v.layer(r)
		p.Mute(true)
		return func() { p.Mute(false) }
	},
	"all video stops": func(v *victim, _ *rand.Rand) func() {
		v.layers["q"].Mute(true)
		v.layers["h"].Mute(true)
		return func() { v.layers["q"].Mute(false); v.layers["h"].Mute(false) }
	},
	"no keyframe of a layer, which restarts": func(v *victim, r *rand.Rand) func() {
		p := v.layer(r)
		p.Deaf(true)
		p.Replace()
		return func() { p.Deaf(false) }
	},
	"no keyframe of any": func(v *victim, _ *rand.Rand) func() {
		v.layers["q"].Deaf(true)
		v.layers["h"].Deaf(true)
		return func() { v.layers["q"].Deaf(false); v.layers["h"].Deaf(false) }
	},
	"another SSRC": func(v *victim, r *rand.Rand) func() {
		v.layer(r).Replace()
		return func() {}
	},
	"the publisher's packets vanish": func(v *victim, _ *rand.Rand) func() {
		v.a.Cut(sfutest.Cut{Out: true})
		return func() { v.a.Cut(sfutest.Cut{}) }
	},
	"the subscriber's packets vanish": func(v *victim, _ *rand.Rand) func() {
		v.blind.Store(true)
		v.b.Cut(sfutest.Cut{In: true})
		return func() { v.blind.Store(false); v.b.Cut(sfutest.Cut{}) }
	},
	"an offer is lost": func(v *victim, _ *rand.Rand) func() {
		v.b.LoseOffers(1)
		v.complain()
		return func() { v.b.LoseOffers(0) }
	},
	"an answer is lost": func(v *victim, _ *rand.Rand) func() {
		v.b.LoseAnswers(1)
		v.complain()
		return func() { v.b.LoseAnswers(0) }
	},
	"new tracks are refused": func(v *victim, _ *rand.Rand) func() {
		v.refuse.Store(true)
		v.b.Renegotiate()
		v.complain()
		return func() { v.refuse.Store(false) }
	},
	"the page complains": func(v *victim, _ *rand.Rand) func() {
		v.complain()
		return v.complain
	},
	"hidden for a while": func(v *victim, _ *rand.Rand) func() {
		v.hidden.Store(true)
		v.b.Peer.SetViews(map[string]sfu.View{"a:camera:video": {}})
		return func() { v.hidden.Store(false); v.b.Peer.SetViews(map[string]sfu.View{}) }
	},
	"shown small, while the layer dies": func(v *victim, _ *rand.Rand) func() {
		v.b.Peer.SetViews(map[string]sfu.View{"a:camera:video": {Width: 10, Height: 10}})
		v.layers["q"].Mute(true)
		return func() { v.layers["q"].Mute(false); v.b.Peer.SetViews(map[string]sfu.View{}) }
	},
	"ICE restarts": func(v *victim, _ *rand.Rand) func() {
		v.b.Restart()
		return func() {}
	},
	"keyframe requests without end": func(v *victim, _ *rand.Rand) func() {
		for range 20 {
			_ = v.b.PC.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: 1}})
		}
		return func() {}
	},
}

func (v *victim) complain() {
	v.b.Peer.Renew("a:camera:video")
	v.b.Peer.Renew("a:camera:audio")
}

// blackFor bounds how long a track may be missing without being shown as a fault: the watch shows it after 7 to 8 s, counted
// from the last packet that was sent. When an answer is lost the room goes on sending as agreed before, until it has offered
// again 5 s later, and if then the publisher falls silent both times add up; 2 s are for a busy machine.
const blackFor = 15 * time.Second

// Whatever happens, in whatever order: a track that does not arrive while its subscriber is connected is shown as a fault in
// time, and when all is well again it arrives and none is shown.
func TestNothingStaysBlackAndUnsaid(t *testing.T) {
	t.Parallel()
	rooms, each := 20, 12
	if testing.Short() {
		rooms, each = 3, 8
	}
	names := []string{}
	for name := range faults {
		names = append(names, name)
	}
	var total, renewals, shown atomic.Int64
	var wg sync.WaitGroup
	defer wg.Wait() // also when a room cannot be made
	for i := range rooms {
		seed := rand.Uint64()
		v := newVictim(t)
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			w := newWitness(v)
			told := []string{}
			for range each {
				name := names[r.IntN(len(names))]
				told = append(told, name)
				heal := faults[name](v, r)
				total.Add(1)
				w.look(t, time.Duration(r.IntN(4000))*time.Millisecond, told)
				heal()
				if r.IntN(2) > 0 { // else the next comes on top
					w.look(t, time.Duration(r.IntN(2000))*time.Millisecond, told)
				}
			}
			if !w.recovers(30 * time.Second) {
				t.Errorf("seed %d: not well again after %s: %s", seed, strings.Join(told, "; "), w)
			}
			s := peerStats(v.room, "b")
			renewals.Add(int64(s.Renewals))
			shown.Add(int64(s.Faults))
		})
	}
	wg.Wait()
	t.Logf("%d faults: %d fresh m-lines, %d shown", total.Load(), renewals.Load(), shown.Load())
}

// witness looks what arrives at a victim.
type witness struct {
	v       *victim
	packets map[string]int
	moved   map[string]time.Time // when a packet came
	owed    map[string]time.Time // since when one should have come: then, or when the last reason for none ended
}

func newWitness(v *victim) *witness {
	w := &witness{v: v, packets: map[string]int{}, moved: map[string]time.Time{}, owed: map[string]time.Time{}}
	for _, id := range []string{"a:camera:video", "a:camera:audio"} {
		w.moved[id], w.owed[id] = time.Now(), time.Now()
	}
	return w
}

func (w *witness) see() {
	connecting := peerStats(w.v.room, "b").State != "connected" // which its page says of everything, as after a restart of ICE
	for id := range w.moved {
		n := 0
		if r := w.v.b.Received(id); r != nil {
			n = r.Snapshot().Packets
		}
		if n != w.packets[id] {
			w.packets[id], w.moved[id], w.owed[id] = n, time.Now(), time.Now()
		}
		if connecting || w.v.blind.Load() || w.v.hidden.Load() && id == "a:camera:video" {
			w.owed[id] = time.Now()
		}
	}
}

func (w *witness) isShown(id string) bool {
	for _, s := range w.v.b.StalledTracks() {
		if s.ID == id {
			return true
		}
	}
	return false
}

func (w *witness) look(t *testing.T, d time.Duration, told []string) {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		w.see()
		for id, at := range w.owed {
			if time.Since(at) > blackFor && !w.isShown(id) {
				t.Errorf("%s is black since %v and nobody says so, after %s: %s", id, time.Since(at), strings.Join(told, "; "), w)
				w.owed[id] = time.Now()
			}
		}
	}
}

func (w *witness) recovers(limit time.Duration) bool {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		w.see()
		well := len(w.v.b.StalledTracks()) == 0
		for _, at := range w.moved {
			well = well && time.Since(at) < time.Second
		}
		if well {
			return true
		}
	}
	return false
}

func (w *witness) String() string {
	s := peerStats(w.v.room, "b")
	return fmt.Sprintf("video %v, sound %v ago, shown %v, reduced %v, %s, estimate %d, sent %+v", time.Since(w.moved["a:camera:video"]),
		time.Since(w.moved["a:camera:audio"]), w.v.b.StalledTracks(), w.v.b.ReducedTracks(), s.State, s.Estimate, s.Sent)
}
