package signaling

import (
	"testing"

	headless "github.com/gotera/gotera/peer"
)

func TestCallOfThree(t *testing.T) {
	r := startRoom(t)
	a := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
	b := r.joinPeer(r.page(patient), headless.Options{Tracks: picture("b")})
	c := r.joinPeer(r.page(robot), headless.Options{Tracks: picture("c")})
	all := []*headless.Peer{a, b, c}
	for _, p := range all {
		for _, from := range all {
			if p != from {
				frames(t, p, from.ID(), 10)
			}
		}
	}
	for _, p := range all {
		for _, s := range p.Stats() {
			if s.Kind == "video" && s.Keyframes < 5 {
				t.Errorf("%s of %s has %d key frames, want every frame to be one", s.Source, s.Peer, s.Keyframes)
			}
		}
	}
}
