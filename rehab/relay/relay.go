// Package relay starts the TURN server's process (rehab/turn), watches it, starts it again at once when it dies, and finds it
// again when rehab itself was restarted: relayed calls go on meanwhile. A flock on turn.lock in the state directory, which the
// process inherits, tells whether it lives. It keeps the configuration and the binary that it was started with until it ends:
// rehab ends it only when it is told to stop everything.
package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/proto/turncred"
	"github.com/gotera/gotera/rehab/turn"
)

// Config configures a Relay.
type Config struct {
	Dir     string   // state directory
	Program []string // executable and first arguments of the TURN server
	WebRTC  configs.WebRTC
	Debug   bool
	Log     *slog.Logger
}

// Relay is the TURN server as rehab knows it, over all the processes that it may go through.
type Relay struct {
	cfg    Config
	turn   turn.Config
	client *turn.Client
	log    *slog.Logger

	cancel context.CancelFunc
	done   chan struct{}

	known chan struct{} // closed when there was a status
	limit atomic.Int64  // time.Duration for an answer to a question for the status; shorter in tests

	mu     sync.Mutex // guards status
	status *turn.Status
}

// Start starts the server, or finds it, and watches it in the background until Close. It does not wait for it.
func Start(cfg Config) (*Relay, error) {
	secret, err := loadSecret(filepath.Join(cfg.Dir, "turn.secret"))
	if err != nil {
		return nil, fmt.Errorf("TURN secret: %w", err)
	}
	t := turn.FromConfig(cfg.WebRTC)
	t.Secret = secret
	t.Status = filepath.Join(cfg.Dir, "turn.status.sock")
	t.Socket = cfg.WebRTC.TURNSocketPath()
	t.LockFD = lockFD
	ctx, cancel := context.WithCancel(context.Background())
	r := &Relay{
		cfg: cfg, turn: t, client: turn.NewClient(t.Status), log: cfg.Log,
		cancel: cancel, done: make(chan struct{}), known: make(chan struct{}),
	}
	r.limit.Store(int64(statusLimit))
	go func() {
		defer close(r.done)
		r.run(ctx)
	}()
	return r, nil
}

// Close ends the watch; with stop, the server too.
func (r *Relay) Close(stop bool) {
	r.cancel()
	<-r.done
	if stop {
		r.end()
	}
}

// Key is the key with which the room whose media is on port makes credentials.
func (r *Relay) Key(port int) []byte { return turncred.RoomKey(r.turn.Secret, port) }

// Status is what the server last said of itself; false: it has not said anything yet.
func (r *Relay) Status() (turn.Status, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status == nil {
		return turn.Status{}, false
	}
	return *r.status, true
}

func (r *Relay) learn(st turn.Status) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status == nil {
		close(r.known)
		r.status = &turn.Status{}
	}
	for front, why := range st.Closed {
		if r.status.Closed[front] != why {
			r.log.Warn("TURN does not listen yet", "front", front, "why", why)
		}
	}
	for front := range r.status.Closed {
		if st.Open[front] {
			r.log.Info("TURN listens", "front", front)
		}
	}
	r.status = &st
}

// startWait is how long URLs waits for a server that has just been started.
const startWait = 2 * time.Second

// URLs are those of the server (RFC 7065) that listens, the cheapest way first. A server that has not said what it listens on
// is believed to listen on everything.
func (r *Relay) URLs(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	select {
	case <-r.known:
	case <-ctx.Done():
	}
	st, known := r.Status()
	return urls(r.cfg.WebRTC, func(fronts ...string) bool {
		for _, f := range fronts {
			if !known || st.Open[f] {
				return true
			}
		}
		return false
	})
}

// urls are at most four: each makes a browser's gathering longer. Those over TLS are for networks that let nothing else
// through.
func urls(w configs.WebRTC, open func(fronts ...string) bool) (list []string) {
	host := w.Hostname
	if w.TURNHostname != "" {
		host = w.TURNHostname
	}
	add := func(scheme string, port int, transport string) {
		list = append(list, fmt.Sprintf("%s:%s?transport=%s", scheme, net.JoinHostPort(host, strconv.Itoa(port)), transport))
	}
	if w.TURNPort != 0 {
		public := first(w.TURNPublicPort, w.TURNPort)
		if open(turn.FrontUDP4, turn.FrontUDP6) {
			add("turn", public, "udp")
		}
		if open(turn.FrontTCP) {
			add("turn", public, "tcp")
		}
	}
	own := w.TURNTLSPort != 0 && w.TURNCertificate != "" && open(turn.FrontTLS)
	handed := w.TURNPublicTLSPort != 0 && open(turn.FrontSocket)
	if own || handed {
		add("turns", first(w.TURNPublicTLSPort, w.TURNTLSPort), "tcp")
	}
	if w.TURNOnExternalPort && open(turn.FrontSocket) {
		add("turns", w.ExternalPort, "tcp")
	}
	return list
}

func first(a, b int) int {
	if a != 0 {
		return a
	}
	return b
}

// loadSecret reads the secret, which is made the first time. It stays: rooms and server outlive rehab.
func loadSecret(path string) ([]byte, error) {
	secret, err := os.ReadFile(path)
	if err == nil && len(secret) == turncred.SecretSize {
		return secret, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	secret = turncred.NewSecret()
	tmp := path + ".new"
	if err := os.WriteFile(tmp, secret, 0o600); err != nil {
		return nil, err
	}
	return bytes.Clone(secret), os.Rename(tmp, path)
}
