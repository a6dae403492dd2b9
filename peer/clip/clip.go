// Package clip reads encoded media files into frames that can be sent as they are: VP8, VP9 and AV1 in IVF, Opus in Ogg,
// and H.264 as an Annex B byte stream. It decodes nothing. Start at Load.
package clip

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// MaxSize bounds the files that Load takes, in bytes: they are kept in memory.
const MaxSize = 512 << 20

// Errors of Parse.
var (
	ErrUnknownFormat = errors.New("neither IVF, Ogg Opus nor H.264 Annex B")
	ErrEmpty         = errors.New("no frames")
)

// Clip is a piece of media that can be played in a loop.
type Clip struct {
	MIME   string // as in SDP: "video/VP8", "video/VP9", "video/AV1", "video/H264", "audio/opus"
	Frames []Frame
}

// Frame is one access unit of video, or one packet of audio.
type Frame struct {
	Data     []byte
	Duration time.Duration
	Key      bool // decodable without those before it; true for audio
}

// Load reads the file at path. rate is the frame rate of H.264, whose byte stream has no times; 0: 30 per second.
func Load(path string, rate float64) (*Clip, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > MaxSize {
		return nil, fmt.Errorf("%s: larger than %d bytes", path, MaxSize)
	}
	c, err := Parse(raw, rate)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Parse is Load for a file in memory. The frames share memory with raw.
func Parse(raw []byte, rate float64) (*Clip, error) {
	var c *Clip
	var err error
	switch {
	case bytes.HasPrefix(raw, []byte("DKIF")):
		c, err = parseIVF(raw)
	case bytes.HasPrefix(raw, []byte("OggS")):
		c, err = parseOgg(raw)
	case bytes.HasPrefix(raw, []byte{0, 0, 1}), bytes.HasPrefix(raw, []byte{0, 0, 0, 1}):
		c = parseH264(raw, rate)
	default:
		return nil, ErrUnknownFormat
	}
	if err != nil {
		return nil, err
	}
	if len(c.Frames) == 0 {
		return nil, ErrEmpty
	}
	if !c.Frames[0].Key {
		return nil, errors.New("does not begin with a key frame")
	}
	return c, nil
}
