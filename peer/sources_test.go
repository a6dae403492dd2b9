package peer_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/peer/capture"
	"github.com/gotera/gotera/peer/peertest"
)

// pictures is an H.264 stream of one keyframe a third of a second, whose parameter sets come only once.
func pictures(n int) []byte {
	stream := []byte("\x00\x00\x00\x01\x67\x42\xc0\x0a\xd9\x00\x00\x00\x01\x68\xce\x3c\x80")
	for i := range n {
		if i%10 == 0 {
			stream = append(stream, "\x00\x00\x00\x01\x65\x88\x80\x10\x20"...)
		} else {
			stream = append(stream, "\x00\x00\x00\x01\x41\x9a\x80\x20\x30"...)
		}
	}
	return stream
}

// A program that writes H.264 as an encoder does is seen by an operator who comes later.
func TestProgramIsPublished(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pictures.h264")
	if err := os.WriteFile(file, pictures(10), 0o600); err != nil {
		t.Fatal(err)
	}
	r := peertest.StartRoom(t, "")
	track, err := peer.OpenTrack(capture.Video, "exec:while cat "+file+"; do sleep 0.3; done", func(err error) { t.Log(err) })
	if err != nil {
		t.Fatal(err)
	}
	join(t, r.URL("devices"), peer.Options{Tracks: []peer.Track{track}})
	viewer := join(t, r.URL("users"), peer.Options{})
	if s := received(t, viewer, "video", "video/H264", 25); s.Keyframes < 2 {
		t.Errorf("%+v", s)
	}
}

// RTP of another sender arrives with its payload as it was, and its sender is asked for keyframes.
func TestRTPIsPassedOn(t *testing.T) {
	r := peertest.StartRoom(t, "")
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.LocalAddr().String()
	free.Close() //nolint:errcheck // it was to find a port
	track, err := peer.OpenTrack(capture.Video, "rtp://"+addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	join(t, r.URL("devices"), peer.Options{Tracks: []peer.Track{track}})
	out, err := net.Dial("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close() //nolint:errcheck // over
	var plis atomic.Int64
	go func() {
		buf := make([]byte, 1500)
		for {
			n, err := out.Read(buf)
			if err != nil {
				return
			}
			if list, err := rtcp.Unmarshal(buf[:n]); err == nil && len(list) == 2 {
				plis.Add(1)
			}
		}
	}()
	payload := []byte("\x65\x88\x80\x10 as the encoder made it")
	same := make(chan bool, 1)
	viewer := join(t, r.URL("users"), peer.Options{OnPacket: func(_ peer.Received, p *rtp.Packet) {
		if len(p.Payload) > 0 {
			select {
			case same <- bytes.Equal(p.Payload, payload):
			default:
			}
		}
	}})
	_ = viewer
	limit := time.After(patience)
	for n := uint16(0); ; n++ {
		raw, err := (&rtp.Packet{
			Header:  rtp.Header{Version: 2, Marker: true, PayloadType: 96, SequenceNumber: 65500 + n, Timestamp: 3000 * uint32(n), SSRC: 77},
			Payload: payload,
		}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		out.Write(raw) //nolint:errcheck // nobody may listen yet
		select {
		case ok := <-same:
			if !ok {
				t.Error("the payload was changed")
			}
			waitFor(t, "a request for a keyframe", func() error {
				if plis.Load() == 0 {
					return fmt.Errorf("none came")
				}
				return nil
			})
			return
		case <-limit:
			t.Fatal("nothing arrives")
		case <-time.After(33 * time.Millisecond):
		}
	}
}

// What nobody watches is not sent, and who comes then sees it at once.
func TestNothingIsSentWhenNobodyWatches(t *testing.T) {
	t.Parallel()
	r := peertest.StartRoom(t, "")
	robot := join(t, r.URL("devices"), peer.Options{Tracks: []peer.Track{{Media: peer.NewPattern("")}, {Media: peer.NewTone()}}})
	waitFor(t, "the picture to be paused", func() error {
		if n := robot.Sent("camera", "video"); n.Packets == 0 || !n.Paused {
			return fmt.Errorf("%+v", n)
		}
		return nil
	})
	before := robot.Sent("camera", "video").Packets
	sound := robot.Sent("camera", "audio").Packets
	<-time.After(300 * time.Millisecond)
	if after := robot.Sent("camera", "video"); after.Packets > before+1 {
		t.Errorf("%d packets were sent to nobody", after.Packets-before)
	}
	if robot.Sent("camera", "audio").Packets == sound {
		t.Error("sound was paused too")
	}
	began := time.Now()
	viewer := join(t, r.URL("users"), peer.Options{})
	received(t, viewer, "video", "video/VP8", 3)
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %v until the picture was there", took)
	}
}
