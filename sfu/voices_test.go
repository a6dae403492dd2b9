package sfu_test

import (
	"testing"
	"time"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

const silence = 127 // RFC 6464, without the voice bit

// speaking waits until c is told that exactly the given peers speak, in that order.
func speaking(t *testing.T, c *sfutest.Client, peers ...sfu.PeerID) {
	t.Helper()
	sfutest.WaitFor(t, 10*time.Second, "who speaks is told", func() bool {
		list := c.Speaking()
		if len(list) != len(peers) {
			return false
		}
		for i, track := range list {
			if track.Peer != peers[i] || track.Kind != sfu.KindAudio {
				return false
			}
		}
		return true
	})
}

func TestEverybodyIsToldWhoSpeaks(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	sound := map[*sfutest.Client]*sfutest.Publication{a: a.Publish("camera", sfu.KindAudio), b: b.Publish("camera", sfu.KindAudio)}
	film := b.Publish(sfu.SourceScreen, sfu.KindAudio) // loud all the time
	film.Level(0x80 | 10)
	sound[b].Level(silence)
	speaking(t, a, "a")
	speaking(t, b, "a")

	sound[a].Mute(true) // DTX: not a packet
	sound[b].Level(0x80 | 20)
	speaking(t, a, "b")
	late := sfutest.Connect(t, room, "late", sfutest.Options{})
	speaking(t, late, "b")
	if got := room.Speakers(); len(got) != 1 || got[0].ID != "b:camera:audio" {
		t.Errorf("the room says that %v speak", got)
	}

	sound[b].Level(silence)
	speaking(t, a)
	sound[a].Mute(false)
	speaking(t, late, "a")
	a.Leave()
	speaking(t, late)
}
