package signaling

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/control"
)

// talker publishes by WHIP a picture of its own width, and a sound that says how loud it is (RFC 6464).
type talker struct {
	width int
	loud  atomic.Bool
}

func (r *testRoom) talker(key string, columns int) *talker {
	r.t.Helper()
	var m webrtc.MediaEngine
	err := m.RegisterDefaultCodecs()
	if err == nil {
		err = m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.AudioLevelURI}, webrtc.RTPCodecTypeAudio)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	c := r.newWebClientWith(key, &m)
	c.send(flat{columns, 4})
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "voice", "stream")
	if err != nil {
		r.t.Fatal(err)
	}
	line, err := c.pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		r.t.Fatal(err)
	}
	c.mustPost("/whip")
	var id uint8
	for _, e := range line.Sender().GetParameters().HeaderExtensions {
		if e.URI == sdp.AudioLevelURI {
			id = uint8(e.ID)
		}
	}
	if id == 0 {
		r.t.Fatal("the room does not take audio levels")
	}
	t := &talker{width: columns * 16}
	stop := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for n := uint16(0); ; n++ {
			select {
			case <-tick.C:
			case <-stop:
				return
			}
			p := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: n, Timestamp: uint32(n) * 960}, Payload: []byte{0xf8, 0xff, 0xfe}}
			level := byte(100) // dB below the loudest, without a voice
			if t.loud.Load() {
				level = 0x80 | 20
			}
			if p.SetExtension(id, []byte{level}) != nil || track.WriteRTP(p) != nil {
				return
			}
		}
	})
	r.t.Cleanup(func() { close(stop); done.Wait() })
	return t
}

// screen is what a player's video line received.
type screen struct {
	mu    sync.Mutex
	width int // of the last key frame
	ssrcs map[webrtc.SSRC]bool
	seqs  []uint16
	times []uint32
}

func (s *screen) read(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
	for {
		p, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		if track.Kind() != webrtc.RTPCodecTypeVideo {
			continue
		}
		s.mu.Lock()
		s.ssrcs[track.SSRC()] = true
		s.seqs, s.times = append(s.seqs, p.SequenceNumber), append(s.times, p.Timestamp)
		if w := keyWidth(track, p.Payload); w > 0 {
			s.width = w
		}
		s.mu.Unlock()
	}
}

func (s *screen) shows(t *testing.T, what string, of *talker) {
	t.Helper()
	waitFor(t, what, func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.width != of.width {
			return fmt.Errorf("the picture is %d wide, want %d", s.width, of.width)
		}
		return nil
	})
}

// stays fails if the picture changes within d.
func (s *screen) stays(t *testing.T, d time.Duration, of *talker) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		s.mu.Lock()
		width := s.width
		s.mu.Unlock()
		if width != of.width {
			t.Fatalf("the picture is %d wide, want %d", width, of.width)
		}
	}
}

// A player with speaker=1 is shown who speaks, on the m-lines that it offered once: one stream whose numbers and times go on
// when somebody else speaks. Nobody is shown to themselves, nor does their own speaking take the other's picture away.
func TestWHEPPlayerFollowsWhoSpeaks(t *testing.T) {
	r := startRoom(t)
	r.put(session(clinician, patient, robot, control.Invitee{Kind: stranger.Kind, UUID: stranger.UUID, Name: stranger.Name}))
	first, second, own := r.talker(r.key(patient), 4), r.talker(r.key(stranger), 8), r.talker(r.key(robot), 12)
	second.loud.Store(true) // before the player comes
	s := &screen{ssrcs: map[webrtc.SSRC]bool{}}
	player := r.newWebClient(r.key(robot))
	player.pc.OnTrack(s.read)
	player.receive(webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio)
	player.mustPost("/whep?speaker=1")
	s.shows(t, "who spoke when the player came", second)
	say := func(who *talker) {
		for _, o := range []*talker{first, second, own} {
			o.loud.Store(o == who)
		}
	}
	say(first)
	s.shows(t, "the first", first)
	say(second)
	s.shows(t, "the second", second)
	say(own)
	s.stays(t, 3*time.Second, second) // until it is the only one that speaks
	say(nil)
	s.stays(t, time.Second, second)

	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ssrcs) != 1 {
		t.Errorf("%d SSRCs, want 1", len(s.ssrcs))
	}
	for i := 1; i < len(s.times); i++ {
		if step := int32(s.times[i] - s.times[i-1]); step < 0 || step > 90000 {
			t.Fatalf("timestamps go from %d to %d", s.times[i-1], s.times[i])
		}
	}
	base := s.seqs[0]
	slices.SortFunc(s.seqs, func(a, b uint16) int { return int(int16(a-base)) - int(int16(b-base)) })
	for i := 1; i < len(s.seqs); i++ {
		if s.seqs[i]-s.seqs[i-1] > 1 {
			t.Errorf("sequence numbers go from %d to %d", s.seqs[i-1], s.seqs[i])
		}
	}
}
