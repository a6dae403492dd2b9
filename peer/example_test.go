package peer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"

	"github.com/gotera/gotera/peer"
)

// A robot that shows its camera and drives on commands of others, until the session is over. It stands still when commands
// are late, and when its own connection is lost.
func Example() {
	camera, err := peer.OpenTrack("video", "camera:/dev/video0", nil)
	if err != nil {
		log.Fatal(err)
	}
	motors := func(forward, turn float64) { fmt.Println(forward, turn) }
	deadman := peer.NewDeadman(peer.DeadmanConfig{Stop: func(string) { motors(0, 0) }})
	defer deadman.Close()

	p, err := peer.Join(context.Background(), "https://tera.example/webrtc/8080/devices?key=...", peer.Options{
		Tracks: []peer.Track{camera},
		GiveUp: -1, // never
		OnMessage: func(m peer.Message) {
			var c struct {
				peer.Command
				Forward float64 `json:"x"`
				Turn    float64 `json:"yaw"`
			}
			if m.Topic == peer.TopicDrive && json.Unmarshal(m.Data, &c) == nil {
				deadman.Do(m.From, c.Command, func() { motors(c.Forward, c.Turn) })
			}
		},
		OnLeft: func(id, _ string) { deadman.Gone(id) },
		OnHealth: func(h peer.Health) {
			if h.Signaling && h.Media {
				deadman.Release()
			} else {
				deadman.Hold(peer.StopLink)
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	p.Send("", "hello", json.RawMessage(`{"battery":80}`)) //nolint:errcheck // it is only a greeting
	<-p.Done()
	log.Print(p.Err())
}
