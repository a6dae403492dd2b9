package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/peer/vp8"
	"github.com/gotera/gotera/proto/signal"
)

const key = "bench"

// call is a room process and its peers. Frames go from the first to the second.
type call struct {
	room     *exec.Cmd
	peers    []*peer.Peer
	received atomic.Value  // func(channel string, b []byte)
	other    atomic.Uint64 // bytes of bulk data that arrived
}

func startCall(ctx context.Context, o options) (*call, error) {
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	c := &call{room: exec.Command(o.bin, "room", "--port="+strconv.Itoa(ports[0]), "--media_port="+strconv.Itoa(ports[1]),
		"--key="+key, "--external_host=localhost")}
	c.received.Store(func(string, []byte) {})
	c.room.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err = c.room.Start(); err != nil {
		return nil, err
	}
	url := fmt.Sprintf("http://127.0.0.1:%d/devices?key=%s", ports[0], key)
	for i := range o.peers {
		if err = c.join(ctx, url, i, o); err != nil {
			c.stop()
			return nil, err
		}
	}
	return c, c.flowing(ctx, o)
}

func (c *call) join(ctx context.Context, url string, i int, o options) error {
	opts := peer.Options{Name: strconv.Itoa(i)}
	if o.bitrate > 0 {
		opts.Tracks = []peer.Track{
			{Source: signal.SourceCamera, Media: newVideo(o.bitrate)}, {Source: signal.SourceCamera, Media: peer.NewTone()},
		}
	}
	if i == 1 {
		opts.OnMessage = func(m peer.Message) {
			if len(m.Binary) == bulkFrame {
				c.other.Add(bulkFrame)
			} else {
				c.received.Load().(func(string, []byte))(m.Channel, m.Binary)
			}
		}
	}
	var p *peer.Peer
	var err error
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if p, err = peer.Join(ctx, url, opts); err == nil { // the room may still be starting
			c.peers = append(c.peers, p)
			return nil
		}
	}
	return err
}

// flowing waits until the data channels are open and every picture arrives.
func (c *call) flowing(ctx context.Context, o options) error {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		ready := ctx.Err() == nil
		for _, p := range c.peers {
			pictures := 0
			for _, s := range p.Stats() {
				if s.Kind == "video" && s.Frames > 0 {
					pictures++
				}
			}
			ready = ready && (o.bitrate == 0 || pictures == len(c.peers)-1)
		}
		for _, channel := range []string{signal.ChannelLossy, signal.ChannelReliable} {
			ready = ready && c.peers[0].SendBinary(channel, c.peers[0].ID(), nil) == nil && // to itself
				c.peers[1].SendBinary(channel, c.peers[1].ID(), nil) == nil
		}
		if ready {
			return nil
		}
	}
	c.stop()
	return errors.New("the peers do not get pictures, or data channels do not open")
}

// sender sends on a channel.
func (c *call) sender(channel string) func([]byte) error {
	return func(b []byte) error { return c.peers[0].SendBinary(channel, c.peers[1].ID(), b) }
}

// bulkFrame is the size of frames that are not measured, bytes.
const bulkFrame = 12 << 10

// bulk sends kbit/s of reliable data until stop is closed.
func (c *call) bulk(kbit int, stop <-chan struct{}) {
	tick := time.NewTicker(time.Second * bulkFrame * 8 / 1000 / time.Duration(kbit))
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			_ = c.peers[0].SendBinary(signal.ChannelReliable, c.peers[1].ID(), make([]byte, bulkFrame))
		}
	}
}

// packets is how many packets of pictures have arrived, lost how many never did.
func (c *call) packets() (n uint64) {
	for _, p := range c.peers {
		for _, s := range p.Stats() {
			if s.Kind == "video" {
				n += s.Packets
			}
		}
	}
	return n
}

func (c *call) lost() (n int64) {
	for _, p := range c.peers {
		for _, s := range p.Stats() {
			if s.Kind == "video" {
				n += s.Lost
			}
		}
	}
	return n
}

// usage is the CPU time of the room so far.
func (c *call) usage() time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.room.Process.Pid))
	if err != nil {
		return 0
	}
	var user, system int64
	var skip string
	fields := []any{&skip, &skip}
	for range 11 {
		fields = append(fields, &skip)
	}
	if _, err = fmt.Sscan(string(b), append(fields, &user, &system)...); err != nil {
		return 0
	}
	const tick = 10 * time.Millisecond // of Linux, whatever its own is
	return time.Duration(user+system) * tick
}

func (c *call) stop() {
	for _, p := range c.peers {
		p.Close()
	}
	_ = c.room.Process.Signal(syscall.SIGTERM)
	_ = c.room.Wait()
}

func freePorts(n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() //nolint:errcheck // it was only to know the port
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// video is a picture of a given bitrate: a small one, filled up. It is peer.Media.
type video struct {
	frame []byte
	next  time.Time
}

const frameTime = time.Second / 30

func newVideo(kbit int) *video {
	frame, err := vp8.Encode(2, 2, func(int, int) vp8.Colour { return vp8.Colour{Y: 128, U: 128, V: 128} })
	if err != nil {
		panic(err) // nothing depends on input
	}
	size := kbit * 1000 / 8 / int(time.Second/frameTime)
	return &video{frame: append(frame, make([]byte, max(size-len(frame), 0))...)}
}

// MIME, Keyframe and Next are for peer.Media.

// MIME is VP8.
func (v *video) MIME() string { return "video/VP8" }

// Keyframe has nothing to do: each frame is one.
func (v *video) Keyframe() {}

// Next is the same frame again.
func (v *video) Next(ctx context.Context) ([]byte, time.Duration, error) {
	if v.next.IsZero() {
		v.next = time.Now()
	}
	v.next = v.next.Add(frameTime)
	select {
	case <-time.After(time.Until(v.next)):
		return v.frame, frameTime, nil
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
}
