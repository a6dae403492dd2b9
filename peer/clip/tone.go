package clip

import (
	_ "embed"
	"fmt"
)

// tone.ogg is one second of a 440 Hz tone that swells once, made by ffmpeg 5.1 with libopus:
//
//	ffmpeg -f lavfi -i "aevalsrc='0.25*(1+0.5*sin(2*PI*t))*sin(2*PI*440*t)':s=48000:d=1" \
//	  -c:a libopus -b:a 20k -frame_duration 20 -ac 1 -bitexact tone.ogg
//
//go:embed tone.ogg
var tone []byte

// Tone returns a second of a swelling 440 Hz tone in Opus. Played in a loop it goes on without a click: the second has
// whole numbers of waves, and the packet that only flushes the encoder is left out.
func Tone() *Clip {
	c, err := Parse(tone, 0)
	if err != nil {
		panic(fmt.Sprintf("clip: the embedded tone: %v", err))
	}
	if len(c.Frames) > 50 {
		c.Frames = c.Frames[:50]
	}
	return c
}
