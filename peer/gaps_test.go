package peer

import (
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// A keyframe is asked for when a loss is not repaired, again each second, and not after it has come.
func TestLossThatIsNotRepairedIsAskedToEnd(t *testing.T) {
	key, delta := []byte{0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0, 0, 0, 0}, []byte{0x10, 0x31, 0x02, 0, 1, 2, 3}
	for _, tt := range []struct {
		name     string
		lost     map[int]bool
		repaired int // packets later; 0: never
		keyAt    int
		asks     int
	}{
		{"nothing lost", nil, 0, 0, 0},
		{"one lost and repaired", map[int]bool{10: true}, 5, 0, 0},
		{"one lost, a keyframe at once", map[int]bool{10: true}, 0, 14, 0},
		{"one lost, a keyframe late", map[int]bool{10: true}, 0, 70, 2},
		{"one lost, no keyframe", map[int]bool{10: true}, 0, 0, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g, now, asks := newGaps(webrtc.MimeTypeVP8), time.Unix(1000, 0), 0
			take := func(n int) {
				payload := delta
				if n == 0 || n == tt.keyAt && n > 0 {
					payload = key
				}
				if g.take(&rtp.Packet{Header: rtp.Header{SequenceNumber: uint16(65530 + n)}, Payload: payload}, now) {
					asks++
				}
			}
			for n := range 100 { // 33 ms each
				if !tt.lost[n] {
					take(n)
				}
				if tt.repaired > 0 && tt.lost[n-tt.repaired] {
					take(n - tt.repaired)
				}
				now = now.Add(33 * time.Millisecond)
			}
			if asks != tt.asks {
				t.Errorf("asked %d times, want %d", asks, tt.asks)
			}
		})
	}
}
