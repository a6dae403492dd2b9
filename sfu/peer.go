package sfu

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/bwe"
	"github.com/gotera/gotera/sfu/wheel"
)

// Reasons for a peer's end that Handler.Closed passes on.
var (
	ErrConnectionFailed = errors.New("media connection lost")
	ErrClosedByClient   = errors.New("media connection closed by the client")
	ErrNoAnswer         = errors.New("offer not answered")
	ErrBadDescription   = errors.New("bad description")
	errTooManyStreams   = errors.New("too many streams")
)

// Bounds of a peer's queues.
const (
	maxTasks = 256 // what others ask of it
)

// failedFor is how long a failed connection waits for the client's ICE restart before the peer is ended.
const failedFor = 30 * time.Second

// Peer is one endpoint of a room: one connection, in both directions. Its goroutine owns the negotiation; everyone
// else posts tasks to it.
type Peer struct {
	id      PeerID
	room    *Room
	handler Handler
	opt     Options // Owner is never empty
	pc      *webrtc.PeerConnection
	ssrc    uint32 // ours, in RTCP

	tasks   chan func()
	events  events
	dirty   chan struct{} // holds one signal: what the peer should be sent has changed
	dying   chan struct{} // closed when the peer ends
	endOnce sync.Once
	err     error // why; set before dying is closed

	link           link
	streams        atomic.Int64 // SSRCs with a buffer of Pion's
	unrouted       atomic.Uint64
	routes         atomic.Pointer[routes]
	senders        atomic.Pointer[[]*sender] // what it is sent; never nil; replaced, never modified
	connected      atomic.Bool
	state          atomic.Int32 // webrtc.PeerConnectionState
	describing     sync.RWMutex // held while Pion takes a description, with which ICE may restart; read-held to send RTCP
	reports        atomic.Bool  // it sends sender reports
	rtt            atomic.Int64 // nanoseconds; 0: unknown
	rttFromReports atomic.Bool
	estimate       atomic.Uint64 // what it says it can receive, bit/s; 0: unknown
	reportTimer    *wheel.Timer
	allocateTimer  *wheel.Timer
	views          atomic.Pointer[map[string]View] // by track id; nil: it has not said
	needTimer      *wheel.Timer
	toldNeeds      bool         // it was told of needs; only used by needTimer
	reportedAt     atomic.Int64 // Unix nanoseconds of its last report on anything it gets; 0: none

	inflow          inflow
	muted           atomic.Pointer[[]SourceKind]
	subscriptions   map[*receiver]*subscription    // only used by the room's wheel
	stalled         atomic.Pointer[[]StalledTrack] // as it was told; never nil
	faults, renewed atomic.Uint64
	since           time.Time // of the clock of feedback
	up              uplink
	down            downlink
	redundancy      redundancy

	negotiation // only used on the peer's goroutine
	data        dataChannels
}

func newPeer(r *Room, id PeerID, h Handler, o Options) (*Peer, error) {
	o.Owner = cmp.Or(o.Owner, id)
	p := &Peer{
		id: id, room: r, handler: h, opt: o, ssrc: rand.Uint32() | 1,
		tasks: make(chan func(), maxTasks), dirty: make(chan struct{}, 1),
		events:        events{signal: make(chan struct{}, 1)},
		dying:         make(chan struct{}),
		subscriptions: map[*receiver]*subscription{},
	}
	p.routes.Store(newRoutes())
	p.senders.Store(&[]*sender{})
	p.stalled.Store(&[]StalledTrack{})
	p.state.Store(int32(webrtc.PeerConnectionStateNew))
	p.reportTimer = r.wheel.NewTimer(p.sendReports)
	p.since = time.Now()
	p.up.timer = r.wheel.NewTimer(p.sendFeedback)
	p.down.path = bwe.New(0)
	p.down.reduced.Store(&[]ReducedTrack{})
	p.down.probeTimer = r.wheel.NewTimer(p.pad)
	p.allocateTimer = r.wheel.NewTimer(p.allocate)
	p.needTimer = r.wheel.NewTimer(p.tellNeeds)
	p.offerTimer = r.wheel.NewTimer(func(time.Time) { p.event(p.offerUnanswered) })
	p.failTimer = r.wheel.NewTimer(func(time.Time) { p.fail(ErrConnectionFailed) })
	p.link.peer = p
	p.link.lite = o.Lite || r.transport.lite
	p.link.checking = make(chan struct{})
	pc, err := r.transport.newConnection(p)
	if err != nil {
		return nil, fmt.Errorf("make connection: %w", err)
	}
	p.pc = pc
	pc.OnTrack(func(*webrtc.TrackRemote, *webrtc.RTPReceiver) {}) // see stream.go
	pc.OnICECandidate(func(c *webrtc.ICECandidate) {
		if c == nil {
			p.event(func() { p.gathered(nil) })
			return
		}
		init := c.ToJSON()
		p.event(func() { p.gathered(&init) })
	})
	pc.OnConnectionStateChange(func(webrtc.PeerConnectionState) { // Pion's calls may overtake one another
		p.event(func() { p.stateChanged(pc.ConnectionState()) })
	})
	pc.OnICEConnectionStateChange(func(webrtc.ICEConnectionState) {
		p.link.started.Do(func() { close(p.link.checking) })
		p.event(p.iceChanged)
	})
	pc.SCTP().Transport().OnStateChange(func(s webrtc.DTLSTransportState) {
		if s == webrtc.DTLSTransportStateConnected {
			p.link.proved()
		}
	})
	if t := iceTransport(pc); t != nil {
		t.OnSelectedCandidatePairChange(func(*webrtc.ICECandidatePair) { p.event(p.pathChanged) })
	}
	pc.OnDataChannel(p.addChannel)
	return p, nil
}

// ID is the id that Join was given.
func (p *Peer) ID() PeerID { return p.id }

// run is the peer's goroutine.
func (p *Peer) run() {
	for {
		select {
		case <-p.dying:
			p.end()
			return
		default:
		}
		select {
		case <-p.dying:
		case task := <-p.tasks:
			task()
		case <-p.events.signal:
			for _, task := range p.events.take() {
				task()
			}
		case <-p.dirty:
			p.negotiate()
		}
	}
}

// end frees everything. All callbacks of Pion have ended when it returns.
func (p *Peer) end() {
	p.reportTimer.Stop()
	p.up.timer.Stop()
	p.down.probeTimer.Stop()
	p.allocateTimer.Stop()
	p.needTimer.Stop()
	p.offerTimer.Stop()
	p.failTimer.Stop()
	p.data.close()
	if err := p.pc.GracefulClose(); err != nil {
		p.room.log.Debug("close connection", "peer", p.id, "error", err)
	}
	for _, s := range *p.senders.Load() { // again: some may have been added since fail
		s.stop()
		s.receiver.remove(s)
	}
	p.room.log.Info("media ended", "peer", p.id, "reason", reason(p.err))
	p.handler.Closed(p.err)
}

// reason is err for the log, without what the client wrote.
func reason(err error) string {
	switch {
	case err == nil:
		return "left"
	case errors.Is(err, ErrBadDescription):
		return ErrBadDescription.Error()
	}
	return err.Error()
}

// post gives the peer's goroutine a task. It does not wait: ErrQueueFull, ErrPeerClosed.
func (p *Peer) post(task func()) error {
	select {
	case <-p.dying:
		return ErrPeerClosed
	default:
	}
	select {
	case p.tasks <- task:
		return nil
	default:
		return ErrQueueFull
	}
}

// events is what Pion and the timers tell the peer: a candidate for each address, a change of state. Pion may call
// back from within a call of the peer's own goroutine, so this queue cannot make it wait; its length is bounded by
// what Pion has to tell.
type events struct {
	mu     sync.Mutex
	tasks  []func()
	signal chan struct{} // holds one: tasks is not empty
}

// event queues a task that must not be lost.
func (p *Peer) event(task func()) {
	p.events.mu.Lock()
	p.events.tasks = append(p.events.tasks, task)
	p.events.mu.Unlock()
	select {
	case p.events.signal <- struct{}{}:
	default:
	}
}

// take empties the queue.
func (e *events) take() []func() {
	e.mu.Lock()
	defer e.mu.Unlock()
	tasks := e.tasks
	e.tasks = nil
	return tasks
}

// changed tells the peer that what others publish has changed.
func (p *Peer) changed() {
	select {
	case p.dirty <- struct{}{}:
	default:
	}
}

// Close ends the peer: its subscribers stop at once. Handler.Closed follows, when its resources are free.
func (p *Peer) Close() { p.fail(nil) }

// fail ends the peer because of err. Media stops before it returns; the rest is done by the peer's goroutine.
func (p *Peer) fail(err error) {
	p.endOnce.Do(func() {
		p.err = err
		p.connected.Store(false)
		receivers := p.routes.Swap(newRoutes()).receivers
		for _, r := range receivers {
			r.close()
		}
		for _, s := range *p.senders.Load() {
			s.stop()
			s.receiver.remove(s)
		}
		close(p.dying)
		p.link.close() // after that, or a packet that comes now has its address learnt again
		p.room.removed(p)
	})
}

// stateChanged follows the connection, on the peer's goroutine.
func (p *Peer) stateChanged(s webrtc.PeerConnectionState) {
	if old := p.state.Swap(int32(s)); old == int32(s) {
		return
	}
	switch s {
	case webrtc.PeerConnectionStateConnected:
		p.connected.Store(true)
		p.failTimer.Stop()
		p.reportTimer.SetEarlier(time.Now().Add(wheel.Tick))
		p.allocateTimer.SetEarlier(time.Now())
		p.pathChanged() // when ICE selected it, nothing could be sent yet
		for _, s := range *p.senders.Load() {
			s.wantKeyframe() // those that go on after an interruption
		}
		p.startSenders()
	case webrtc.PeerConnectionStateFailed:
		p.link.path.Store(nil) // nobody there wants packets any more (RFC 7675, section 5.1)
		p.failTimer.Set(time.Now().Add(failedFor))
	case webrtc.PeerConnectionStateClosed:
		p.fail(ErrClosedByClient)
	}
	p.room.log.Debug("connection state", "peer", p.id, "state", s.String())
	p.handler.State(s)
}
