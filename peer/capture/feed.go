package capture

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotera/gotera/peer/clip"
)

const (
	firstWait   = 500 * time.Millisecond // until a source that ended is opened again, doubled each time
	longestWait = 10 * time.Second
	steady      = 30 * time.Second // a source that ran for so long begins with firstWait again
	maxWaiting  = 64               // frames that wait to be sent; more are dropped, up to the next keyframe
	chunkSize   = 64 << 10         // bytes, the size of a pipe
	keyPatience = 5 * time.Second  // from the wish for a keyframe until the program is started again for it
	keyRest     = 30 * time.Second // between two such starts
)

// Feed is a live byte stream of H.264 or Opus. It is a peer.Media.
type Feed struct {
	kind string
	open func() (io.ReadCloser, error)
	log  func(error)
	once bool          // it cannot be opened again
	kick chan struct{} // capacity 1: the source is to be opened again
	ask  func()        // asks the encoder for a keyframe; nil: there is no way
	wish atomic.Int64  // Unix nanoseconds of the oldest wish for a keyframe; 0: none
	skip bool          // frames were dropped, no keyframe came since; used by run

	mu     sync.Mutex // guards the fields below
	frames chan clip.Frame
	cancel context.CancelFunc
	ended  chan struct{}
}

func newFeed(kind string, open func() (io.ReadCloser, error), log func(error)) *Feed {
	return &Feed{kind: kind, open: open, log: log, kick: make(chan struct{}, 1)}
}

// MIME is part of peer.Media.
func (f *Feed) MIME() string {
	if f.kind == Audio {
		return "audio/opus"
	}
	return "video/H264"
}

// Keyframe asks the encoder, where there is a way. A program that then makes none for 5 s is started again.
func (f *Feed) Keyframe() {
	if f.kind == Audio {
		return
	}
	f.wish.CompareAndSwap(0, time.Now().UnixNano())
	if f.ask != nil {
		f.ask()
	}
}

// Restart opens the source again: the room has missed its frames.
func (f *Feed) Restart() {
	select {
	case f.kick <- struct{}{}:
	default:
	}
}

// Next is part of peer.Media. Frames of video are stamped when they come (duration 0).
func (f *Feed) Next(ctx context.Context) ([]byte, time.Duration, error) {
	select {
	case frame, ok := <-f.start():
		if !ok {
			return nil, 0, io.EOF
		}
		if f.kind == Video {
			frame.Duration = 0
		}
		return frame.Data, frame.Duration, nil
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
}

func (f *Feed) start() <-chan clip.Frame {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cancel == nil {
		ctx, cancel := context.WithCancel(context.Background())
		frames, ended := make(chan clip.Frame, maxWaiting), make(chan struct{})
		f.frames, f.cancel, f.ended = frames, cancel, ended
		go func() {
			defer close(ended)
			defer close(frames)
			f.run(ctx, frames)
		}()
	}
	return f.frames
}

// Close stops the source, with its program. Next starts it again.
func (f *Feed) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cancel != nil {
		f.cancel()
		<-f.ended
		f.cancel = nil
	}
	return nil
}

var (
	errNoKeyframe = errors.New("it makes no keyframe when one is needed: give it a keyframe each second")
	errSilent     = errors.New("it sends nothing")
)

// run opens the source again and again until ctx ends.
func (f *Feed) run(ctx context.Context, frames chan<- clip.Frame) {
	wait := firstWait
	for ctx.Err() == nil {
		began := time.Now()
		err := f.read(ctx, frames)
		if ctx.Err() != nil || f.once {
			return
		}
		f.log(err)
		if time.Since(began) > steady {
			wait = firstWait
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		wait = min(2*wait, longestWait)
	}
}

// read reads one opening of the source to its end.
func (f *Feed) read(ctx context.Context, frames chan<- clip.Frame) error {
	source, err := f.open()
	if err != nil {
		return err
	}
	began := time.Now()
	chunks := make(chan []byte)
	reading, stop := context.WithCancel(ctx)
	var failure error // of reading; set before chunks is closed
	go func() {
		defer close(chunks)
		failure = pass(reading, source, chunks)
	}()
	err = f.parse(ctx, chunks, frames, began)
	stop()
	if closing := source.Close(); closing != nil && err == io.EOF {
		err = closing // how the program ended tells more
	}
	if f.once {
		return err // a reader of standard input cannot be interrupted; it ends with the next bytes
	}
	for range chunks { // its reader ends now
	}
	if err == io.EOF && failure != nil {
		err = failure
	}
	return err
}

// pass sends what comes to chunks until it ends; nil is the end of the stream.
func pass(ctx context.Context, source io.Reader, chunks chan<- []byte) error {
	for {
		chunk := make([]byte, chunkSize)
		n, err := source.Read(chunk)
		if n > 0 {
			select {
			case chunks <- chunk[:n]:
			case <-ctx.Done():
				return nil
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// parse makes frames of chunks. It returns io.EOF when they end.
func (f *Feed) parse(ctx context.Context, chunks <-chan []byte, frames chan<- clip.Frame, began time.Time) error {
	p := newParser(f.kind)
	pause := time.NewTimer(time.Hour)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case chunk, ok := <-chunks:
			if !ok {
				if frame, whole := p.flush(); whole {
					f.hand(frame, frames)
				}
				return io.EOF
			}
			list, err := p.write(chunk)
			for _, frame := range list {
				f.hand(frame, frames)
			}
			if err != nil {
				return err
			}
		case <-f.kick:
			if !f.once && time.Since(began) > firstWait {
				return errSilent
			}
		case <-pause.C:
			if frame, ok := p.flush(); ok {
				f.hand(frame, frames)
			}
		}
		if d := p.idle(); d > 0 {
			pause.Reset(d)
		}
		if f.overdue(began) {
			return errNoKeyframe
		}
	}
}

// hand gives a frame to who sends it. It does not wait: what is late is of no use.
func (f *Feed) hand(frame clip.Frame, frames chan<- clip.Frame) {
	if frame.Key {
		f.skip = false
		f.wish.Store(0)
	}
	if f.skip {
		return
	}
	select {
	case frames <- frame:
	default:
		f.skip = true
	}
}

// overdue reports whether a keyframe was wished for and is not made.
func (f *Feed) overdue(began time.Time) bool {
	wish := f.wish.Load()
	return wish != 0 && !f.once && time.Since(time.Unix(0, wish)) > keyPatience && time.Since(began) > keyRest
}
