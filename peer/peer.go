// Package peer is a headless peer: it joins a session by its URL, as a browser page would, publishes encoded media,
// receives what the others publish and exchanges messages with them; it comes back by itself from any interruption. It
// decodes and encodes nothing (vp8 makes the test picture, capture reads cameras through other programs). Robot builders
// import it, `gotera peer` is Main; docs/robots.md tells them how, examples/robot is a robot. The protocol is told in
// signaling/README.md.
//
//	p, err := peer.Join(ctx, url, peer.Options{Tracks: []peer.Track{{Source: "camera", Media: camera}}})
//	...
//	defer p.Close()
//	p.Send("", "status", json.RawMessage(`{"battery":80}`))
//	<-p.Done() // the session is over: p.Err() says why
//
// Start at Join; loop.go is what runs behind it, path.go what brings it back, deadman.go what stops a robot.
package peer

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/signal"
)

// Options say how to join. All fields are optional. The callbacks come one after the other and must not wait: they may
// call any method but Close.
type Options struct {
	Name, UUID string          // told to others; count only with the session's shared key
	State      json.RawMessage // own free JSON object, at most 4 KiB
	Tracks     []Track         // published from the start

	Insecure bool   // take any TLS certificate
	CAFile   string // PEM file with the authority of the server's certificate

	GiveUp    time.Duration // without a way to the room for so long, the peer ends; default 30 min, negative: never
	Patient   bool          // Join tries again too, until its context ends; a refusal ends it all the same
	LossyLife time.Duration // how old a message of SendLossy may get on its way; default 100 ms, negative: it is sent once
	RelayOnly bool          // media goes through the server's TURN only
	Log       *slog.Logger  // default: nothing is logged

	OnConnect  func(resumed bool)                 // joined; resumed: as the peer of before, with its id
	OnHealth   func(Health)                       // what works has changed
	OnPeer     func(signal.Peer)                  // another peer came or changed
	OnLeft     func(id, reason string)            // another peer is gone; "lost" also for who went while this one was away
	OnMessage  func(Message)                      // came by data channel or websocket
	OnDelivery func([]signal.DeliveryCount)       // data channel frames did not get to their receivers
	OnMute     func(from, kind string)            // a clinician asks to mute kind, "audio" or "video"
	OnRestart  func(source, kind string)          // what is published as this sends nothing
	OnPacket   func(from Received, p *rtp.Packet) // a received packet; from one goroutine per track, must be quick

	settings  func(*webrtc.SettingEngine) // for tests
	addresses func() []netip.Addr         // likewise
}

// defaultGiveUp outlasts the lift, the tunnel and the router that starts again.
const defaultGiveUp = 30 * time.Minute

// defaultLossyLife is the same as the room's.
const defaultLossyLife = 100 * time.Millisecond

// Received says what a received track is.
type Received struct {
	Track  string // id
	Peer   string // id of its publisher
	Source string // camera, camera2 or screen
	Kind   string // audio or video
	Codec  string // MIME type
}

// Message is what another peer sent: JSON in Data, or Binary.
type Message struct {
	From    string
	Topic   string // "" with Binary
	Data    json.RawMessage
	Binary  []byte
	Channel string // reliable, lossy, or "" when the websocket carried it
}

// Errors that end a Peer, or Join.
var (
	ErrRefused = errors.New("refused") // the URL does not open the session, or not any more; trying again is no use
	ErrGaveUp  = errors.New("no connection to the session")
	ErrClosed  = errors.New("peer closed")
	ErrBusy    = errors.New("too much is waiting to be sent")
)

// EndedError is the end of a session that the room told.
type EndedError struct {
	Reason string // signal.ReasonStopped, ReasonRemoved, ...
	Text   string
}

func (e *EndedError) Error() string { return fmt.Sprintf("session ended: %s (%s)", e.Reason, e.Text) }

// Unwrap makes removed, replaced and full an ErrRefused.
func (e *EndedError) Unwrap() error {
	switch e.Reason {
	case signal.ReasonRemoved, signal.ReasonReplaced, signal.ReasonFull:
		return ErrRefused
	}
	return nil
}

// Peer is one joined peer. Its methods may be called from any goroutine.
type Peer struct {
	opts Options
	log  *slog.Logger
	url  string // of the websocket, with the key
	tls  *tls.Config
	api  *webrtc.API

	relays    *relayDialer
	addresses func() []netip.Addr // of this machine

	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup // the loop and everything it starts
	work   chan func()    // for the loop; see post
	done   chan struct{}

	loop loop // owned by the loop's goroutine

	mu       sync.Mutex // guards the fields below
	err      error
	id       string
	session  signal.Session
	self     signal.Self
	peers    map[string]signal.Peer
	sent     map[string]signal.SentTrack // what the room sends, by mid
	counters map[string]*counter         // by track id
	channels map[string]*webrtc.DataChannel
	lossy    *lossy // one of channels
	health   Health
	own      json.RawMessage   // state that others are shown
	stalled  map[string]string // reasons, by track id
	paused   map[string]bool   // by track id
	stuck    time.Time         // see stuckSince
	sending  []*publication    // what is published
}

// maxWork is how much may wait for the loop.
const maxWork = 1024

// Join joins the session at url: a page URL of the session, with its key. It returns when the room has let the peer in;
// ctx limits only that. Afterwards the peer connects again by itself until Close, or until the room ends it.
func Join(ctx context.Context, url string, o Options) (*Peer, error) {
	p, err := newPeer(url, o)
	if err != nil {
		return nil, err
	}
	joined := make(chan error, 1)
	p.loop.joined = joined
	p.wg.Add(1)
	go p.run()
	select {
	case err := <-joined:
		if err != nil {
			p.Close()
			return nil, err
		}
		return p, nil
	case <-ctx.Done():
		p.Close()
		return nil, fmt.Errorf("join: %w", ctx.Err())
	}
}

func newPeer(url string, o Options) (*Peer, error) {
	socket, err := socketURL(url)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.GiveUp == 0 {
		o.GiveUp = defaultGiveUp
	}
	if o.LossyLife == 0 {
		o.LossyLife = defaultLossyLife
	}
	if o.State == nil {
		o.State = json.RawMessage("{}")
	}
	p := &Peer{
		opts: o, log: o.Log, url: socket,
		work: make(chan func(), maxWork), done: make(chan struct{}),
		peers: map[string]signal.Peer{}, sent: map[string]signal.SentTrack{}, counters: map[string]*counter{},
		channels: map[string]*webrtc.DataChannel{}, own: o.State, addresses: localAddresses,
	}
	if o.addresses != nil {
		p.addresses = o.addresses
	}
	if p.tls, err = tlsConfig(o); err != nil {
		return nil, err
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.relays = &relayDialer{ctx: p.ctx, tls: p.tls}
	if p.api, err = newAPI(p.relays, o); err != nil {
		return nil, err
	}
	for _, t := range o.Tracks {
		pub, err := newPublication(t)
		if err != nil {
			return nil, err
		}
		p.loop.published = append(p.loop.published, pub)
	}
	p.notePublished()
	return p, nil
}

// Close leaves the session and waits until nothing of the peer runs any more.
func (p *Peer) Close() {
	p.end(ErrClosed)
	p.wg.Wait()
}

// Done is closed when the peer has ended for good.
func (p *Peer) Done() <-chan struct{} { return p.done }

// Err says why the peer ended: nil after Close and while it lives; an *EndedError when the room ended it.
func (p *Peer) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if errors.Is(p.err, ErrClosed) {
		return nil
	}
	return p.err
}

// end notes the first reason and stops everything.
func (p *Peer) end(err error) {
	p.mu.Lock()
	if p.err == nil {
		p.err = err
	}
	p.cancel() // with the lock: see receive
	p.mu.Unlock()
}

// ID is the peer's id in the room. It changes when the peer had to join anew.
func (p *Peer) ID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.id
}

// Self is what the room knows of this peer.
func (p *Peer) Self() signal.Self {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.self
}

// Session is the session as the room told it.
func (p *Peer) Session() signal.Session {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.session
}

// SetState replaces the free JSON object that the others are shown of this peer, at most 4 KiB.
func (p *Peer) SetState(state json.RawMessage) error {
	m := signal.State{State: state}
	if raw, err := signal.EncodeClient(m); err != nil {
		return err
	} else if _, err := signal.DecodeClient(raw); err != nil { // what the room would end the peer for
		return err
	}
	return p.post(func() {
		p.mu.Lock()
		p.own = state
		p.mu.Unlock()
		p.write(m) // behind the join, which may have the one before
	})
}

func (p *Peer) state() json.RawMessage {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.own
}

// Peers are the others in the room.
func (p *Peer) Peers() []signal.Peer {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]signal.Peer, 0, len(p.peers))
	for _, o := range p.peers {
		list = append(list, o)
	}
	return list
}

// post gives the loop something to do. It fails with ErrBusy or ErrClosed, and never waits.
func (p *Peer) post(f func()) error {
	select {
	case <-p.ctx.Done():
		return ErrClosed
	default:
	}
	select {
	case p.work <- f:
		return nil
	default:
		return ErrBusy
	}
}

// callback gives the loop what Pion calls back with. It may wait, as it must not be lost.
func (p *Peer) callback(f func()) {
	select {
	case p.work <- f:
	case <-p.ctx.Done():
	}
}
