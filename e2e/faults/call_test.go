// Package faults breaks calls in all ways that networks, people and servers do, at random but for a seed, and looks each time
// whether sound and pictures flow again between all of those who are there: at the receiving ends, and pictures only as far as
// they could be decoded. The room and its peers are the real ones; what is between them is package way.
package faults

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotera/gotera/e2e/netpath/way"
	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/signaling"
)

const key = "0c0ffee0-0000-4000-8000-00000000beef"

// call is a room and the people in it.
type call struct {
	t           *testing.T
	log         *slog.Logger
	page, media string // addresses of the room, the same after a restart
	people      []*person

	cancel context.CancelFunc
	ended  chan struct{}
}

func newCall(t *testing.T, n int) *call {
	t.Helper()
	var out io.Writer = io.Discard
	if os.Getenv("FAULTS_DEBUG") != "" {
		out = os.Stderr
	}
	c := &call{t: t, page: free(t, ""), log: slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	c.media = free(t, c.page)
	c.open()
	t.Cleanup(c.close)
	for i := range n {
		p := &person{call: c, name: string(rune('a' + i))}
		c.people = append(c.people, p)
		t.Cleanup(p.leave)
		if err := p.join(); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// free is an address of loopback, but not given, that nobody has now, in UDP and TCP, and that the system gives to nobody who asks for any:
// the room comes back to it.
func free(t *testing.T, given string) string {
	t.Helper()
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000))
		if address == given {
			continue
		}
		conn, err := net.ListenPacket("udp4", address)
		if err != nil {
			continue
		}
		l, err := net.Listen("tcp4", address)
		_ = conn.Close()
		if err == nil {
			_ = l.Close()
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// open starts the room.
func (c *call) open() {
	var l net.Listener
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		var err error
		if l, err = net.Listen("tcp4", c.page); err == nil {
			break
		}
		if time.Now().After(end) {
			c.t.Errorf("room: %v", err)
			return
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel, c.ended = cancel, make(chan struct{})
	go func(ended chan struct{}) {
		defer close(ended)
		err := signaling.Run(ctx, signaling.Config{
			Key: key, Secret: make([]byte, control.SecretSize), HTTP: l, MediaListen: c.media, RedisAddr: "127.0.0.1:1", Log: c.log,
		})
		if err != nil {
			c.t.Errorf("room: %v", err)
		}
	}(c.ended)
}

// close ends the room.
func (c *call) close() {
	c.cancel()
	<-c.ended
}

// person is one who stays in the call, whatever happens to the program that they use.
type person struct {
	call *call
	name string

	mu     sync.Mutex // guards the fields below
	way    *way.Way
	peer   *peer.Peer
	seen   *seen
	camera *camera
}

// join comes in by a new way.
func (p *person) join() error {
	w, err := way.New(p.call.page, p.call.media)
	if err != nil {
		return err
	}
	s, cam := newSeen(), newCamera()
	var joined *peer.Peer
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		joined, err = peer.Join(ctx, fmt.Sprintf("http://%s/users?key=%s", w.Addr(), key), peer.Options{
			Name: p.name, GiveUp: -1, Log: p.call.log.With("person", p.name), OnPacket: s.take,
			Tracks: []peer.Track{{Source: "camera", Media: cam}, {Source: "camera", Media: peer.NewTone()}},
		})
		cancel()
		if err == nil || time.Now().After(end) {
			break
		}
	}
	if err != nil {
		w.Close()
		return fmt.Errorf("%s joins: %w", p.name, err)
	}
	p.mu.Lock()
	p.way, p.peer, p.seen, p.camera = w, joined, s, cam
	p.mu.Unlock()
	return nil
}

// leave ends what the person uses.
func (p *person) leave() {
	p.mu.Lock()
	w, old := p.way, p.peer
	p.mu.Unlock()
	if old != nil {
		old.Close()
		w.Close()
	}
}

// vanish ends it without a word to the room.
func (p *person) vanish() {
	p.mu.Lock()
	w, old := p.way, p.peer
	p.mu.Unlock()
	w.Refuse(true)
	w.CutMedia(true)
	w.CutSockets()
	old.Close()
	w.Close()
}

// now is what the person uses now.
func (p *person) now() (*way.Way, *peer.Peer, *seen) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.way, p.peer, p.seen
}

// camera makes a keyframe when one is asked for, and between them frames that need what came before.
type camera struct {
	key    []byte
	wanted atomic.Bool
}

const frame = time.Second / 15

func newCamera() *camera {
	c := &camera{}
	c.wanted.Store(true)
	return c
}

func (c *camera) MIME() string { return "video/VP8" }
func (c *camera) Keyframe()    { c.wanted.Store(true) }

func (c *camera) Next(ctx context.Context) ([]byte, time.Duration, error) {
	if c.key == nil {
		key, _, err := peer.NewPattern("faults").Next(ctx)
		if err != nil {
			return nil, 0, err
		}
		c.key = key
	}
	select {
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	case <-time.After(frame):
	}
	if c.wanted.Swap(false) {
		return c.key, frame, nil
	}
	return append([]byte{0x31, 0x02, 0x00}, make([]byte, 60)...), frame, nil // no key frame (RFC 6386, section 9.1)
}
