// Package connectivity lets a page or `gotera peer --check` find out which ways to this server are open before anybody
// joins a session: an echo peer of plain Pion on a UDP and a TCP port of its own answers data channels with what comes on
// them. Who may ask is for the caller to say (Config.Account). Start at New, then at Handler.
//
// The echo peer is ICE-lite: it answers whoever proves that it knows the answer's credentials and sends nothing to
// addresses that an offer names.
package connectivity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
)

// Config configures an Echo. A zero optional field means its default.
type Config struct {
	Listen    string        // host:port, UDP and TCP alike; "" host: all addresses, port 0: any free one
	PublicIPs []string      // addresses in candidates instead of the host's own; at most one per family
	Loopback  bool          // also offer loopback addresses
	MaxPeers  int           // peers at once; default 64
	PerOwner  int           // of them of one account; default 10, which are two checks
	PeerTime  time.Duration // a peer is ended so long after its answer; default 30 s
	Log       *slog.Logger  // default slog.Default()
}

var (
	// ErrFull: all peers, or those of this account, are in use; some will be free soon.
	ErrFull = errors.New("too many connectivity tests at once")
	// ErrOffer: the offer is not that of one data channel connection.
	ErrOffer = errors.New("the offer is not one of a data channel only")

	errClosed = errors.New("the echo peer is closed")
)

// Echo is the ports and the peers that use them.
type Echo struct {
	cfg       Config
	transport *transport
	wg        sync.WaitGroup // of the peers

	mu     sync.Mutex // guards the fields below
	peers  map[*peer]struct{}
	owners map[string]int // peers by account
	closed bool
}

// New opens the ports.
func New(cfg Config) (*Echo, error) {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.MaxPeers <= 0 {
		cfg.MaxPeers = 64
	}
	if cfg.PerOwner <= 0 {
		cfg.PerOwner = 10
	}
	if cfg.PeerTime <= 0 {
		cfg.PeerTime = 30 * time.Second
	}
	t, err := newTransport(cfg)
	if err != nil {
		return nil, err
	}
	return &Echo{cfg: cfg, transport: t, peers: map[*peer]struct{}{}, owners: map[string]int{}}, nil
}

// Port is the UDP and TCP port.
func (e *Echo) Port() int { return e.transport.port }

// Answer makes a peer of owner for an offer and returns its answer, with all its candidates.
func (e *Echo) Answer(ctx context.Context, owner, offer string) (string, error) {
	offer, err := checkOffer(offer)
	if err != nil {
		return "", err
	}
	p := &peer{owner: owner, done: make(chan struct{})}
	if err := e.add(p); err != nil {
		return "", err
	}
	answer, err := e.open(ctx, p, offer)
	if err != nil {
		e.remove(p)
		return "", err
	}
	return answer, nil
}

// open connects a peer that has its place; from then on its goroutine gives that back.
func (e *Echo) open(ctx context.Context, p *peer, offer string) (string, error) {
	pc, err := e.transport.newConnection()
	if err != nil {
		return "", fmt.Errorf("echo peer: %w", err)
	}
	p.listen(pc)
	answer, err := negotiate(ctx, pc, offer)
	if err != nil {
		_ = pc.Close()
		return "", err
	}
	go func() { // Close waits for it: add has counted it
		p.run(e.cfg.PeerTime)
		_ = pc.Close()
		e.remove(p)
	}()
	return answer, nil
}

// negotiate answers offer.
func negotiate(ctx context.Context, pc *webrtc.PeerConnection, offer string) (string, error) {
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", ErrOffer // Pion's error quotes the description
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		return "", ErrOffer
	}
	if err := pc.SetLocalDescription(answer); err != nil {
		return "", fmt.Errorf("echo peer: %w", err)
	}
	select {
	case <-gathered: // host addresses only: at once
		return pc.LocalDescription().SDP, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (e *Echo) add(p *peer) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return errClosed
	}
	if len(e.peers) >= e.cfg.MaxPeers || e.owners[p.owner] >= e.cfg.PerOwner {
		return ErrFull
	}
	e.peers[p] = struct{}{}
	e.owners[p.owner]++
	e.wg.Add(1)
	return nil
}

func (e *Echo) remove(p *peer) {
	defer e.wg.Done()
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.peers, p)
	if e.owners[p.owner]--; e.owners[p.owner] <= 0 {
		delete(e.owners, p.owner)
	}
}

// Close ends all peers and frees the ports.
func (e *Echo) Close() {
	e.mu.Lock()
	e.closed = true
	for p := range e.peers {
		p.end()
	}
	e.mu.Unlock()
	e.wg.Wait()
	e.transport.close()
}
