package quality

import (
	"fmt"
	"testing"
	"time"

	"github.com/gotera/gotera/sfu"
)

// BenchmarkNext is one picture of a room of ten, each with camera and microphone: what a room spends every 2.5 s.
func BenchmarkNext(b *testing.B) {
	var stats sfu.RoomStats
	for i := range 10 {
		p := sfu.PeerStats{ID: sfu.PeerID(fmt.Sprint(i)), State: "connected"}
		for j := range 10 {
			for _, kind := range []string{sfu.KindAudio, sfu.KindVideo} {
				t := sfu.Track{ID: fmt.Sprintf("%d:camera:%s", j, kind), Kind: kind}
				if i == j {
					p.Published = append(p.Published, sfu.ReceiverStats{Track: t, Packets: 1000})
				} else {
					p.Sent = append(p.Sent, sfu.SenderStats{Track: t, Packets: 1000, Width: 640, Height: 360})
				}
			}
		}
		stats.Peers = append(stats.Peers, p)
	}
	m, now := NewMeter(), time.Now()
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(2500 * time.Millisecond)
		m.Next(now, stats, nil)
	}
}
