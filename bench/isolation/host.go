package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/pion/rtp"
	"golang.org/x/sys/unix"

	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
)

// subscribers of each room.
const subscribers = 2

// host is all rooms and their peers.
type host struct {
	bin   string
	key   string
	well  []*room
	other *room // the one that things happen to

	mu     sync.Mutex // guards the fields below
	open   bool       // what comes now counts
	delays []time.Duration
	seen   map[string]map[uint64]bool // by subscriber: numbers of pictures
}

// room is one room process and its peers.
type room struct {
	port  int
	cmd   *exec.Cmd
	done  chan struct{}
	peers []*peer.Peer
}

// delays is what was measured in a while.
type delays struct {
	p50, p99 time.Duration
	lost     int // pictures of which the first packet never came
}

func openHost(ctx context.Context, o options) (*host, error) {
	bin, err := filepath.Abs(o.bin)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(bin); err != nil {
		return nil, fmt.Errorf("%w: make build first", err)
	}
	h := &host{bin: bin, key: rand.Text()}
	for range o.rooms {
		r, err := h.openRoom(ctx, true)
		if err != nil {
			h.close()
			return nil, err
		}
		h.well = append(h.well, r)
	}
	return h, nil
}

// openRoom starts a room as rehab does, and its peers. Only what its subscribers get counts, if counted.
func (h *host) openRoom(ctx context.Context, counted bool) (*room, error) {
	r := &room{done: make(chan struct{})}
	media := 0
	for _, p := range []*int{&r.port, &media} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() //nolint:errcheck // the room listens on it in a moment
		*p = l.Addr().(*net.TCPAddr).Port
		l.Close() //nolint:errcheck // likewise
	}
	r.cmd = ordinary(h.bin, "room", fmt.Sprintf("--port=%d", r.port), fmt.Sprintf("--media_port=%d", media), "--external_host=127.0.0.1")
	r.cmd.Env = append(os.Environ(), control.EnvRoomKey+"="+h.key)
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = r.cmd.Wait()
		close(r.done)
	}()
	url := func(page string) string { return fmt.Sprintf("http://127.0.0.1:%d/%s?key=%s", r.port, page, h.key) }
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		res, err := http.Get(url("status"))
		if err == nil {
			res.Body.Close() //nolint:errcheck // it answers: that is enough
			break
		}
		if time.Now().After(end) {
			r.close()
			return nil, fmt.Errorf("room on port %d: %w", r.port, err)
		}
	}
	for i := range subscribers + 1 {
		opts := peer.Options{Name: strconv.Itoa(i)}
		if i == 0 {
			opts.Tracks = []peer.Track{{Media: &camera{}}}
		} else if counted {
			id := fmt.Sprintf("%d/%d", r.port, i)
			opts.OnPacket = func(_ peer.Received, p *rtp.Packet) { h.got(id, p) }
		}
		p, err := peer.Join(ctx, url("devices"), opts)
		if err != nil {
			r.close()
			return nil, err
		}
		r.peers = append(r.peers, p)
	}
	return r, nil
}

// got notes a packet that came to a subscriber.
func (h *host) got(id string, p *rtp.Packet) {
	number, sent, ok := stamp(p)
	now := time.Now()
	if !ok {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.open {
		return
	}
	h.delays = append(h.delays, now.Sub(sent))
	if h.seen[id] == nil {
		h.seen[id] = map[uint64]bool{}
	}
	h.seen[id][number] = true
}

// watch measures for d.
func (h *host) watch(ctx context.Context, d time.Duration) delays {
	h.mu.Lock()
	h.open, h.delays, h.seen = true, nil, map[string]map[uint64]bool{}
	h.mu.Unlock()
	sleep(ctx, d)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open = false
	if len(h.delays) == 0 {
		return delays{}
	}
	slices.Sort(h.delays)
	out := delays{p50: h.delays[len(h.delays)/2], p99: h.delays[len(h.delays)*99/100]}
	for _, numbers := range h.seen {
		first, last := ^uint64(0), uint64(0)
		for n := range numbers {
			first, last = min(first, n), max(last, n)
		}
		out.lost += int(last-first) + 1 - len(numbers)
	}
	out.lost += (len(h.well)*subscribers - len(h.seen)) * int(d/interval) // who gets nothing at all
	return out
}

// perSecond is how many packets each room forwards.
func (h *host) perSecond() int { return subscribers * 5 * int(time.Second/interval) }

func (h *host) close() {
	for _, r := range append(h.well, h.other) {
		if r != nil {
			r.close()
		}
	}
}

func (r *room) close() {
	for _, p := range r.peers {
		p.Close()
	}
	_ = r.cmd.Process.Kill()
	<-r.done
}

// aheadOfRooms gives the clients, all in this process, real-time priority, so that what is measured is the rooms' delay.
// Threads and processes that it makes later inherit it: see ordinary.
func aheadOfRooms() error {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range tasks {
		tid, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 1}
		if err := unix.SchedSetAttr(tid, &attr, 0); err != nil {
			return err
		}
	}
	return nil
}
