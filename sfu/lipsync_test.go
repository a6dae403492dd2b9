package sfu

import (
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/reception"
)

// lastPacket is a subscriber's connection that remembers the header of the last packet.
type lastPacket struct {
	header  rtp.Header
	packets int
}

func (w *lastPacket) WriteRTP(h *rtp.Header, payload []byte) (int, error) {
	w.header = *h
	w.packets++
	return len(payload), nil
}
func (w *lastPacket) Write(b []byte) (int, error) { return len(b), nil }

// lipTrack is one encoding of a publisher whose clock is an hour ahead, and whose packets and reports take their time.
type lipTrack struct {
	layer   *layer
	codec   codecID
	rate    float64
	first   uint32 // timestamp at the start
	seq     uint16
	capture time.Time // of the last packet, in our time
	random  *rand.Rand
	start   time.Time
}

const publisherAhead = time.Hour

// timestamp is that of what is captured at at.
func (k *lipTrack) timestamp(at time.Time) uint32 {
	return k.first + uint32(int64(math.Round(at.Sub(k.start).Seconds()*k.rate)))
}

// packet captures something now, which arrives 10 to 60 ms later.
func (k *lipTrack) packet(key bool) {
	k.capture = time.Now()
	time.Sleep(10*time.Millisecond + time.Duration(k.random.IntN(50))*time.Millisecond)
	payload := make([]byte, 100)
	if k.codec == codecVP8 {
		payload[0] = 0x10
		if !key {
			payload[1] = 1
		}
	}
	k.seq++
	k.layer.receive(&rtp.Header{Version: 2, SSRC: k.layer.ssrc, SequenceNumber: k.seq, Timestamp: k.timestamp(k.capture)}, k.codec, payload, false)
}

// report sends a sender report that takes up to 80 ms.
func (k *lipTrack) report() {
	at := time.Now()
	sr := &rtcp.SenderReport{SSRC: k.layer.ssrc, NTPTime: reception.NTP(at.Add(publisherAhead)), RTPTime: k.timestamp(at)}
	time.Sleep(time.Duration(k.random.IntN(80)) * time.Millisecond)
	k.layer.senderReport(sr, time.Now())
}

// subscribe makes a sender of r that writes to w.
func subscribe(p *Peer, r *receiver, codec codecID, w *lastPacket) *sender {
	s := newSender(p, r)
	b := &binding{writer: w, ssrc: 99}
	b.payloads[codec] = uint8(webrtc.PayloadType(96))
	s.binding.Store(b)
	s.live.Store(true)
	r.add(s)
	return s
}

// shownAt is when, on the publisher's clock, the subscriber takes the last packet to have been captured.
func shownAt(t *testing.T, what string, s *sender, w *lastPacket, rate float64) time.Duration {
	t.Helper()
	sr := s.report(time.Now())
	if sr == nil {
		t.Fatalf("%s: no sender report", what)
	}
	const second = 1 << 32
	passed := time.Duration(float64(int32(w.header.Timestamp-sr.RTPTime)) / rate * float64(time.Second))
	zero := reception.NTP(time.Now().Add(publisherAhead))
	return time.Duration(float64(int64(sr.NTPTime-zero))/second*float64(time.Second)) + passed
}

// Sound and picture of a source map to the same instant of the publisher's clock, whatever happens to either.
func TestSoundAndPictureStayInStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		random := rand.New(rand.NewPCG(5, 6))
		l := benchLayer(0)
		publisher := l.receiver.peer
		room := publisher.room
		defer room.wheel.Close()
		subscriber := &Peer{id: "s", room: room, since: start}
		subscriber.routes.Store(newRoutes())
		subscriber.senders.Store(&[]*sender{})
		idle := func(time.Time) {}
		subscriber.reportTimer, subscriber.allocateTimer = room.wheel.NewTimer(idle), room.wheel.NewTimer(idle)
		subscriber.needTimer = room.wheel.NewTimer(idle)
		publisher.reports.Store(true)

		camera := newReceiver(publisher, Track{ID: "v", Peer: "a", Source: "camera", Kind: KindVideo}, &section{rids: []string{"q", "f"}}, &section{})
		microphone := newReceiver(publisher, Track{ID: "m", Peer: "a", Source: "camera", Kind: KindAudio}, &section{}, &section{})
		track := func(r *receiver, rid string, ssrc uint32, codec codecID, rate float64) *lipTrack {
			return &lipTrack{layer: r.bind(rid, ssrc), codec: codec, rate: rate, first: random.Uint32(), seq: uint16(random.Uint32()), random: random, start: start}
		}
		low, high := track(camera, "q", 1, codecVP8, 90000), track(camera, "f", 2, codecVP8, 90000)
		sound := track(microphone, "", 3, codecOpus, 48000)
		var picture, voice lastPacket
		v, m := subscribe(subscriber, camera, codecVP8, &picture), subscribe(subscriber, microphone, codecOpus, &voice)

		check := func(what string, shown *lipTrack) {
			t.Helper()
			now := time.Now()
			videoAt, audioAt := shownAt(t, what, v, &picture, 90000), shownAt(t, what, m, &voice, 48000)
			videoOff, audioOff := videoAt-shown.capture.Sub(now), audioAt-sound.capture.Sub(now)
			t.Logf("%s: picture %v, sound %v off", what, videoOff, audioOff)
			if d := (videoOff - audioOff).Abs(); d > 2*time.Millisecond || videoOff.Abs() > 2*time.Millisecond {
				t.Errorf("%s: picture %v and sound %v beside the instant they were captured", what, videoOff, audioOff)
			}
		}
		play := func(n int, pictures ...*lipTrack) {
			for i := range n {
				for _, p := range pictures {
					p.packet(i == 0)
				}
				sound.packet(false)
			}
		}
		v.setTarget(allocation.Layer{Spatial: 0, Temporal: 3})
		for _, k := range []*lipTrack{low, high, sound} {
			k.report()
		}
		play(20, low, high)
		check("at first", low)
		v.setTarget(allocation.Layer{Spatial: 1, Temporal: 3})
		play(20, low, high)
		if picture.header.Timestamp == low.timestamp(low.capture) {
			t.Fatal("the layer did not change")
		}
		check("after a switch of layers", high)

		sound.report()
		for range 30 { // DTX: pictures go on
			high.packet(false)
		}
		time.Sleep(2 * time.Second)
		sound.packet(false)
		check("after silence", high)

		again := track(camera, "f", 4, codecVP8, 90000) // the encoder is restarted, with new numbers
		play(5, again)
		again.report()
		play(5, again)
		check("after a restart of the picture", again)
		*sound = *track(microphone, "", 5, codecOpus, 48000)
		play(5, again)
		sound.report()
		play(5, again)
		check("after a restart of the sound", again)
	})
}
