package sfu

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"

	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/dependency"
	"github.com/gotera/gotera/sfu/selection"
	"github.com/gotera/gotera/sfu/vp9"
)

// kept is a subscriber's connection that keeps what it is sent.
type kept struct{ packets []rtp.Packet }

func (k *kept) WriteRTP(h *rtp.Header, payload []byte) (int, error) {
	k.packets = append(k.packets, rtp.Packet{Header: h.Clone(), Payload: bytes.Clone(payload)})
	return len(payload), nil
}

func (k *kept) Write(b []byte) (int, error) { return len(b), nil }

// layeredStream is a published stream of three spatial layers, each predicted from the one below, and one subscriber.
type layeredStream struct {
	*layer
	sender  *sender
	out     *kept
	codec   codecID
	header  rtp.Header
	picture int
	number  uint16 // of frames
}

const testDependencyID = 12

func newLayeredStream(c codecID) *layeredStream {
	s := &layeredStream{layer: benchLayer(1), out: &kept{}, codec: c, header: rtp.Header{Version: 2, SSRC: 1}}
	s.receiver.dependencyID = testDependencyID
	s.sender = (*s.receiver.senders.Load())[0]
	b := &binding{writer: s.out, ssrc: 7, dependency: testDependencyID}
	b.payloads[c] = 98
	s.sender.binding.Store(b)
	return s
}

// layersOfTest is the dependency structure of the stream: decode target and chain i is spatial layer i.
func layersOfTest() *dependency.Structure {
	s := &dependency.Structure{
		Targets: []dependency.Layer{{Spatial: 0}, {Spatial: 1}, {Spatial: 2}}, Chains: 3, ProtectedBy: []uint8{0, 1, 2},
		Sizes: []dependency.Size{{Width: 320, Height: 180}, {Width: 640, Height: 360}, {Width: 1280, Height: 720}},
	}
	const no, sw, req = dependency.NotPresent, dependency.Switch, dependency.Required
	for _, t := range []struct {
		spatial     uint8
		indications []dependency.Indication
	}{{0, []dependency.Indication{sw, sw, sw}}, {0, []dependency.Indication{sw, req, req}}, {1, []dependency.Indication{no, sw, sw}}, {2, []dependency.Indication{no, no, sw}}} {
		s.Templates = append(s.Templates, dependency.Template{Spatial: t.spatial, Indications: t.indications, ChainDiffs: make([]uint8, 3)})
	}
	return s
}

// send publishes pictures of three frames of two packets each, 30 a second.
func (s *layeredStream) send(pictures int, key bool) {
	for range pictures {
		for spatial := range 3 {
			for part := range 2 {
				s.header.Marker = spatial == 2 && part == 1
				payload := s.describe(spatial, part, key)
				s.receive(&s.header, s.codec, payload, false)
				s.header.SequenceNumber++
			}
			s.number++
		}
		s.picture++
		s.header.Timestamp += 3000
		time.Sleep(time.Second / 30)
		key = false
	}
}

func (s *layeredStream) describe(spatial, part int, key bool) []byte {
	body := make([]byte, 100<<spatial)
	if s.codec == codecVP9 {
		d := []byte{0x80 | 0x20 | 0x10, 0x80 | byte(s.picture>>8), byte(s.picture), byte(spatial << 1)}
		if part == 0 {
			d[0] |= 0x08
		} else {
			d[0] |= 0x04
		}
		if spatial > 0 {
			d[3] |= 0x01
		}
		if !key {
			d[0] |= 0x40
			d = append(d, 1<<1)
		} else if spatial == 0 && part == 0 {
			d[0] |= 0x02
			d = append(d, 0x50, 1, 64, 0, 180, 2, 128, 1, 104, 5, 0, 2, 208)
		}
		return append(d, body...)
	}
	structure := layersOfTest()
	template := []int{1, 2, 3}[spatial]
	if key && spatial == 0 {
		template = 0
	}
	d := dependency.Descriptor{
		Start: part == 0, End: part == 1, Number: s.number, Structure: structure, Template: structure.Templates[template],
		Attached: key && spatial == 0 && part == 0,
	}
	d.HasActive, d.Active = d.Attached, structure.AllTargets()
	d.Diffs, d.ChainDiffs = nil, nil
	for chain := range 3 { // a chain has the frames of its layer and of those below
		switch {
		case spatial > 0:
			d.ChainDiffs = append(d.ChainDiffs, uint8(spatial-min(spatial-1, chain)))
		case key:
			d.ChainDiffs = append(d.ChainDiffs, 0)
		default:
			d.ChainDiffs = append(d.ChainDiffs, uint8(3-chain))
		}
	}
	if !key {
		d.Diffs = []uint16{3}
	}
	if spatial > 0 {
		d.Diffs = append(d.Diffs, 1)
	}
	s.header.Extension, s.header.Extensions = false, nil
	_ = s.header.SetExtension(testDependencyID, d.Append(nil, template))
	body[0] = 0x10
	if d.Attached {
		body[0] |= 0x08
	}
	return body
}

// pictures checks what the subscriber was sent since the last call: numbers without holes, one marker at the end of each
// picture, spatial layers up to top in all of them.
func (s *layeredStream) pictures(t *testing.T, want, top int) {
	t.Helper()
	list := s.out.packets
	s.out.packets = nil
	if len(list) != want*2*(top+1) {
		t.Fatalf("%d packets of %d pictures in %d layers", len(list), want, top+1)
	}
	for i, p := range list {
		last := i%(2*(top+1)) == 2*(top+1)-1
		if p.Marker != last {
			t.Fatalf("packet %d of %d: marker %v", i, len(list), p.Marker)
		}
		if i > 0 && p.SequenceNumber != list[i-1].SequenceNumber+1 {
			t.Fatalf("packet %d: a hole in the sequence numbers", i)
		}
		var d vp9.Descriptor
		if s.codec == codecVP9 && (!d.Parse(p.Payload) || int(d.SID) > top) {
			t.Fatalf("packet %d is of layer %d", i, d.SID)
		}
	}
}

func TestSpatialLayersWithinAStream(t *testing.T) {
	for name, c := range map[string]codecID{"VP9": codecVP9, "AV1": codecAV1} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newLayeredStream(c)
				s.send(1, true)
				s.send(44, false)
				s.pictures(t, 45, 2)

				s.sender.setTarget(allocation.Layer{Spatial: 1, Temporal: selection.All})
				if n := s.plis.Load(); n != 0 {
					t.Errorf("%d keyframes were asked for to go down", n)
				}
				s.send(10, false)
				s.pictures(t, 10, 1)
				s.sender.setTarget(allocation.Layer{Spatial: 0, Temporal: selection.All})
				s.send(10, false)
				s.pictures(t, 10, 0)

				s.sender.setTarget(allocation.Layer{Spatial: 2, Temporal: selection.All})
				if n := s.plis.Load(); n != 1 {
					t.Errorf("%d keyframes were asked for to go up", n)
				}
				s.send(5, false)
				s.pictures(t, 5, 0)
				s.send(1, true)
				s.send(9, false)
				s.pictures(t, 10, 2)
				s.end()
			})
		})
	}
}

// end stops the timers, which are goroutines of the test.
func (s *layeredStream) end() {
	s.sender.stop()
	s.close()
	s.receiver.peer.room.wheel.Close()
}

func TestALostPictureIsMadeGood(t *testing.T) {
	for name, c := range map[string]codecID{"VP9": codecVP9, "AV1": codecAV1} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newLayeredStream(c)
				s.send(1, true)
				s.send(10, false)
				s.picture, s.number, s.header.SequenceNumber = s.picture+1, s.number+3, s.header.SequenceNumber+6
				s.send(5, false)
				s.sender.setTarget(highest)
				if n := s.plis.Load(); n != 0 {
					t.Errorf("%d keyframes were asked for at once: the picture may still come", n)
				}
				s.send(30, false)
				s.sender.setTarget(highest)
				if n := s.plis.Load(); n != 1 {
					t.Errorf("%d keyframes were asked for", n)
				}
				s.send(1, true)
				s.send(30, false)
				s.sender.setTarget(highest)
				if n := s.plis.Load(); n != 1 {
					t.Errorf("%d keyframes were asked for, one of them after a keyframe", n)
				}
				s.end()
			})
		})
	}
}

func TestDemandHasTheLayersWithinAStream(t *testing.T) {
	for name, c := range map[string]codecID{"VP9": codecVP9, "AV1": codecAV1} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newLayeredStream(c)
				s.send(1, true)
				s.send(60, false)
				levels := s.sender.demand(time.Now()).Levels
				if len(levels) != 3 {
					t.Fatalf("levels %v", levels)
				}
				for i, l := range levels {
					// 30 pictures a second of two packets of each layer
					least, most := uint64(30*2*8*100*(1<<(i+1)-1)), uint64(30*2*8*(100*(1<<(i+1)-1)+60*(i+1)))
					if int(l.Layer.Spatial) != i || l.Bitrate < least || l.Bitrate > most {
						t.Errorf("level %d: %+v, want %d to %d bit/s", i, l, least, most)
					}
				}
				for width, want := range map[int]int{300: 0, 600: 1, 1280: 2, 1920: 2} {
					views := map[string]View{s.receiver.track.ID: {Width: width, Height: width * 9 / 16}}
					s.sender.peer.views.Store(&views)
					if d := s.sender.demand(time.Now()); d.Max != want {
						t.Errorf("a picture shown %d wide: level %d, want %d", width, d.Max, want)
					}
				}
				s.end()
			})
		})
	}
}

func TestActiveDecodeTargetsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newLayeredStream(codecAV1)
		s.sender.setTarget(allocation.Layer{Spatial: 1, Temporal: selection.All})
		s.send(1, true)
		s.send(5, false)
		var r dependency.Reader
		var d dependency.Descriptor
		for i, p := range s.out.packets {
			if !r.Read(&d, p.GetExtension(testDependencyID)) {
				t.Fatalf("packet %d: descriptor % x", i, p.GetExtension(testDependencyID))
			}
			if !d.HasActive || d.Active != 0b011 {
				t.Fatalf("packet %d: active decode targets %03b", i, d.Active)
			}
		}
		// The same in a retransmission.
		first := s.out.packets[0]
		s.out.packets = nil
		s.sender.resend(s.sender.binding.Load(), first.SequenceNumber, time.Now())
		if len(s.out.packets) != 1 || !bytes.Equal(s.out.packets[0].GetExtension(testDependencyID), first.GetExtension(testDependencyID)) {
			t.Error("the retransmission has another descriptor")
		}
		s.end()
	})
}

func TestH264TemporalLayersAreSeen(t *testing.T) {
	s := newLayeredStream(codecH264Constrained)
	h := rtp.Header{Version: 2, SSRC: 1}
	s.sender.setTarget(allocation.Layer{Temporal: 0})
	for i, payload := range [][]byte{{0x67, 0x42}, {0x01, 0x9a}, {0x41, 0x9a}, {0x01, 0x9a}, {0x41, 0x9a}} {
		h.Timestamp, h.SequenceNumber, h.Marker = uint32(i)*3000, uint16(i), true
		s.receive(&h, codecH264Constrained, payload, false)
	}
	if len(s.out.packets) != 3 {
		t.Errorf("%d packets were sent, want the 3 that others are predicted from", len(s.out.packets))
	}
}

func TestLayersWithinAStreamAllocateNothing(t *testing.T) {
	for name, c := range map[string]codecID{"VP9": codecVP9, "AV1": codecAV1} {
		s := newLayeredStream(c)
		s.sender.setTarget(allocation.Layer{Spatial: 1, Temporal: selection.All})
		b := *s.sender.binding.Load()
		b.writer = discard{}
		s.sender.binding.Store(&b)
		type packet struct {
			header  rtp.Header
			payload []byte
		}
		var packets []packet
		for s.picture = range 200 {
			for spatial := range 3 {
				for part := range 2 {
					payload := s.describe(spatial, part, s.picture == 0)
					packets = append(packets, packet{s.header.Clone(), payload})
					s.header.SequenceNumber++
				}
				s.number++
			}
			s.header.Timestamp += 3000
		}
		next := 0
		take := func() {
			for range 60 {
				s.receive(&packets[next].header, c, packets[next].payload, false)
				next++
			}
		}
		for next < videoHistory { // the pool fills while the history does
			take()
		}
		if n := testing.AllocsPerRun(8, take); n > 6 && !raced { // now and then the garbage collector empties the pool, and the race detector often
			t.Errorf("%s: %v allocations for 60 packets", name, n)
		}
		s.end()
	}
}
