package sfu

import (
	"testing"

	"github.com/pion/webrtc/v4"
)

// Browsers name the RED of what they add by the number that their own Opus has, so that they must be offered that number.
func TestOfferedNumbersAreTheClients(t *testing.T) {
	for _, tt := range []struct {
		libwebrtc bool
		opus      webrtc.PayloadType
		red       string
	}{{true, 111, "111/111"}, {false, 109, "109/109"}} {
		if c := codecs[codecOpus].numbered(codecOpus, tt.libwebrtc); c.payload != tt.opus {
			t.Errorf("Opus is %d, want %d", c.payload, tt.opus)
		}
		if c := codecs[codecRED].numbered(codecRED, tt.libwebrtc); c.fmtp != tt.red || c.payload != 63 {
			t.Errorf("RED is %d of %s, want 63 of %s", c.payload, c.fmtp, tt.red)
		}
		seen := map[webrtc.PayloadType]bool{0: true}
		for id := codecNone + 1; id < codecCount; id++ {
			c := codecs[id].numbered(id, tt.libwebrtc)
			if seen[c.payload] || c.rtx != 0 && seen[c.rtx] || (c.rtx == 0) != (codecs[id].rtx == 0) {
				t.Errorf("codec %d has %d and %d", id, c.payload, c.rtx)
			}
			seen[c.payload], seen[c.rtx] = true, true
		}
	}
}
