// Package capture brings live encoded media into a peer: from cameras and sound cards (through ffmpeg), other programs, pipes
// and RTP. It decodes and encodes nothing itself. What it opens is peer.Media or peer.Packets: it starts when its first
// frame is asked for, goes on when its program dies, and stops with Close. Start at Open.
package capture

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gotera/gotera/peer/clip"
)

// Kinds of media.
const (
	Audio = "audio"
	Video = "video"
)

// Options say how to capture.
type Options struct {
	Stdin io.Reader   // what "-" reads; default os.Stdin
	Log   func(error) // is told why a program ended that is started again; may be nil
}

// Live reports whether what names a live source, and not a file.
func Live(what string) bool {
	if what == "-" {
		return true
	}
	for _, prefix := range []string{"exec:", "camera:", "alsa:", "pulse:", "rtp:"} {
		if strings.HasPrefix(what, prefix) {
			return true
		}
	}
	info, err := os.Stat(what)
	return err == nil && info.Mode()&os.ModeNamedPipe != 0
}

// Open prepares a live source of kind Audio or Video. What is one of:
//
//	exec:COMMAND           a program, run by sh, that writes H.264 (Annex B) or Opus (Ogg) to its standard output
//	-                      the same from standard input
//	/path/of/a/fifo        the same from a named pipe
//	camera:DEVICE?OPTIONS  a V4L2 camera, by ffmpeg: see Camera
//	alsa:DEVICE, pulse:DEVICE  a microphone, by ffmpeg: see Microphone
//	rtp://HOST:PORT?codec=h264|vp8|vp9|opus  RTP over UDP, its payload is passed on as it is
//
// It returns a *Feed or an *RTP. Nothing is started yet; an error is one of what.
func Open(kind, what string, o Options) (any, error) {
	if o.Log == nil {
		o.Log = func(error) {}
	}
	if o.Stdin == nil {
		o.Stdin = os.Stdin
	}
	scheme, rest, _ := strings.Cut(what, ":")
	switch scheme {
	case "exec":
		if strings.TrimSpace(rest) == "" {
			return nil, fmt.Errorf("exec: lacks a command")
		}
		return newFeed(kind, program{args: []string{"sh", "-c", rest}}.open, o.Log), nil
	case "camera":
		if kind != Video {
			return nil, fmt.Errorf("%s: is no sound", scheme)
		}
		return Camera(rest, o)
	case "alsa", "pulse":
		if kind != Audio {
			return nil, fmt.Errorf("%s: is no picture", scheme)
		}
		return Microphone(scheme, rest, o)
	case "rtp":
		return openRTP(kind, what)
	}
	if what == "-" {
		f := newFeed(kind, func() (io.ReadCloser, error) { return io.NopCloser(o.Stdin), nil }, o.Log)
		f.once = true
		return f, nil
	}
	return newFeed(kind, func() (io.ReadCloser, error) { return openPipe(what) }, o.Log), nil
}

// openPipe opens a named pipe. It is opened for writing too: so it neither waits for the first writer nor ends with the last.
func openPipe(path string) (io.ReadCloser, error) { return os.OpenFile(path, os.O_RDWR, 0) }

// A parser makes frames of a byte stream.
type parser interface {
	write(chunk []byte) ([]clip.Frame, error)
	// idle is how long nothing may come until flush is to be called; 0: it is not.
	idle() time.Duration
	flush() (clip.Frame, bool)
}

// How long an encoder may pause within a frame. The shorter, the sooner a frame is sent; when it was too short once, it is
// doubled.
const (
	shortestPause = 8 * time.Millisecond
	longestPause  = 250 * time.Millisecond
)

type h264Parser struct {
	stream clip.H264Stream
	pause  time.Duration
}

func (p *h264Parser) write(chunk []byte) ([]clip.Frame, error) {
	frames, torn, err := p.stream.Write(chunk)
	if torn {
		p.pause = min(2*p.pause, longestPause)
	}
	return frames, err
}

func (p *h264Parser) idle() time.Duration {
	if !p.stream.Pending() {
		return 0
	}
	return p.pause
}

func (p *h264Parser) flush() (clip.Frame, bool) { return p.stream.Flush() }

type oggParser struct{ stream clip.OggStream }

func (p *oggParser) write(chunk []byte) ([]clip.Frame, error) { return p.stream.Write(chunk) }
func (p *oggParser) idle() time.Duration                      { return 0 }
func (p *oggParser) flush() (clip.Frame, bool)                { return clip.Frame{}, false }

func newParser(kind string) parser {
	if kind == Audio {
		return &oggParser{}
	}
	return &h264Parser{pause: shortestPause}
}
