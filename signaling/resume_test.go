package signaling

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// A second websocket that takes over a peer whose media is still being made waits for it: its messages would find none.
func TestResumeWaitsForMedia(t *testing.T) {
	r := &room{log: slog.New(slog.DiscardHandler), peers: map[sfu.PeerID]*peer{}, limits: defaultLimits, events: newEvents()}
	p := newPeer(r, identity{}, newConn(r, identity{}))
	r.peers[p.id] = p
	resumed := make(chan struct{})
	go func() {
		defer close(resumed)
		if got, err := r.add(newConn(r, identity{}), signal.Join{Resume: p.token}); got != p || err != nil {
			t.Errorf("resumed %v, %v", got, err)
		}
	}()
	select {
	case <-resumed:
		t.Fatal("resumed without media")
	case <-time.After(100 * time.Millisecond):
	}
	close(p.media.made)
	<-resumed
}

// observer is a peer that looks at what it is told of the others.
type observer struct {
	*headless.Peer
	mu        sync.Mutex
	met       map[string]bool // ids
	connected map[string][]bool
	left      []string
}

func (r *testRoom) observe(i control.Invitee) *observer {
	r.t.Helper()
	o := &observer{met: map[string]bool{}, connected: map[string][]bool{}}
	o.Peer = r.joinPeer(r.page(i), headless.Options{
		Tracks: picture("observer"),
		OnPeer: func(p signal.Peer) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.met[p.ID] = true
			if list := o.connected[p.ID]; len(list) == 0 || list[len(list)-1] != p.Connected {
				o.connected[p.ID] = append(list, p.Connected)
			}
		},
		OnLeft: func(id, reason string) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.left = append(o.left, id+" "+reason)
		},
	})
	return o
}

// total is how many packets of a peer have come.
func (o *observer) total(id string) (n uint64) {
	for _, s := range o.Stats() {
		if s.Peer == id {
			n += s.Packets
		}
	}
	return n
}

// saw waits until the observer was told of these changes of a peer's Connected.
func (o *observer) saw(t *testing.T, id string, want ...bool) {
	t.Helper()
	waitFor(t, "what others see of a peer", func() error {
		o.mu.Lock()
		defer o.mu.Unlock()
		if got := o.connected[id]; fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("connected was %v, want %v", got, want)
		}
		return nil
	})
}

// undisturbed checks that nobody came or left but one peer.
func (o *observer) undisturbed(t *testing.T) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.met) != 1 || len(o.left) > 0 {
		t.Errorf("the other was told of %v, and that these left: %q", o.met, o.left)
	}
}

// observedTab is the patient's page, of which the clinician has got more than n packets of each kind.
func (r *testRoom) observedTab(n uint64) (*observer, *tab, signal.Joined) {
	r.t.Helper()
	watcher := r.observe(clinician)
	p := r.openTab(patient)
	joined := p.join(signal.Join{})
	frames(r.t, watcher.Peer, joined.Peer, n)
	return watcher, p, joined
}

func TestFreshMediaKeepsThePeer(t *testing.T) {
	r := startRoom(t)
	watcher, p, before := r.observedTab(10)
	for round := range 3 {
		old := p.pc
		p.ws.Close() //nolint:errcheck // as a network that breaks
		after := p.join(signal.Join{Resume: before.Resume, Fresh: true})
		old.Close() //nolint:errcheck // the page has given it up
		if after.Peer != before.Peer || !after.Resumed || !after.Fresh {
			t.Fatalf("round %d: joined as %s (resumed %t, fresh %t), want %s again with fresh media", round, after.Peer, after.Resumed, after.Fresh, before.Peer)
		}
		seen := watcher.total(before.Peer)
		waitFor(t, "sound of the fresh connection", func() error {
			if now := watcher.total(before.Peer); now < seen+20 {
				return fmt.Errorf("%d packets, %d before", now, seen)
			}
			return nil
		})
		p.hears(watcher.ID())
	}
	watcher.undisturbed(t)
}

// A page that comes back twice at once gets the id both times, and media on the later websocket.
func TestFreshMediaWhileItIsMade(t *testing.T) {
	r := startRoom(t)
	watcher, p, before := r.observedTab(3)
	var hasty []*raw
	for range 8 {
		c := r.connect(patient)
		c.send(signal.Join{Protocol: signal.Version, Resume: before.Resume, Fresh: true})
		hasty = append(hasty, c)
	}
	for _, c := range hasty { // or one of them replaces what follows
		if got := expect[signal.Joined](c); got.Peer != before.Peer || !got.Fresh {
			t.Errorf("joined as %s, fresh %t", got.Peer, got.Fresh)
		}
	}
	after := p.join(signal.Join{Resume: before.Resume, Fresh: true})
	if after.Peer != before.Peer {
		t.Errorf("joined as %s, want %s", after.Peer, before.Peer)
	}
	p.hears(watcher.ID())
	watcher.undisturbed(t)
}

func TestLostMediaKeepsThePeer(t *testing.T) {
	r := startRoom(t)
	watcher, p, before := r.observedTab(10)
	p.pc.Close() //nolint:errcheck // that is the loss
	p.expectClose(signal.CloseError)
	watcher.saw(t, before.Peer, true, false)
	after := p.join(signal.Join{Resume: before.Resume}) // it does not know yet
	if after.Peer != before.Peer || !after.Resumed || !after.Fresh {
		t.Errorf("joined as %s (resumed %t, fresh %t), want %s with fresh media", after.Peer, after.Resumed, after.Fresh, before.Peer)
	}
	watcher.saw(t, before.Peer, true, false, true)
	p.hears(watcher.ID())
	watcher.undisturbed(t)
}

// Whoever is still seen and heard is no loss, however long the websocket is away.
func TestPeerStaysWhileItsMediaFlows(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.limits.resume = 300 * time.Millisecond })
	watcher, p, joined := r.observedTab(10)
	p.ws.Close() //nolint:errcheck // as a proxy that was restarted
	<-time.After(time.Second)
	seen := watcher.total(joined.Peer)
	waitFor(t, "more sound", func() error {
		if watcher.total(joined.Peer) < seen+10 {
			return fmt.Errorf("none comes")
		}
		return nil
	})
	watcher.saw(t, joined.Peer, true)
	watcher.undisturbed(t)
	p.pc.Close() //nolint:errcheck // now its media is gone, too
	waitFor(t, "departure", func() error {
		watcher.mu.Lock()
		defer watcher.mu.Unlock()
		if len(watcher.left) != 1 || !strings.HasSuffix(watcher.left[0], signal.ReasonLost) {
			return fmt.Errorf("left: %q", watcher.left)
		}
		return nil
	})
	watcher.saw(t, joined.Peer, true, false)
}

// What a connection before published is not promised for ever when the fresh one publishes nothing.
func TestFreshMediaWithoutTracks(t *testing.T) {
	r := startRoom(t)
	watcher, p, joined := r.observedTab(3)
	p.mute = true
	p.ws.Close() //nolint:errcheck // as a network that breaks
	p.join(signal.Join{Resume: joined.Resume, Fresh: true})
	waitFor(t, "no tracks", func() error {
		for _, o := range watcher.Peers() {
			if len(o.Tracks) > 0 {
				return fmt.Errorf("the others are told of %+v", o.Tracks)
			}
		}
		return nil
	})
	watcher.undisturbed(t)
}

func TestTooManyFreshMedia(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.limits.fresh, c.limits.freshRun = 0.001, 2 })
	joined := r.connect(patient).join()
	again := signal.Join{Protocol: signal.Version, Resume: joined.Resume, Fresh: true}
	for range 2 {
		r.connect(patient).joinWith(again)
	}
	hasty := r.connect(patient)
	hasty.send(again)
	if ended, _ := hasty.expectClose(signal.CloseTooMany); ended != nil {
		t.Errorf("told %+v, want nothing: the peer may come back", ended)
	}
	again.Fresh = false
	if got := r.connect(patient).joinWith(again); got.Peer != joined.Peer || got.Fresh {
		t.Errorf("then joined as %s, fresh %t", got.Peer, got.Fresh)
	}
}

func TestResumeIsForItsOwnPageOnly(t *testing.T) {
	r := startRoom(t)
	r.put(session(clinician, patient, robot, stranger))
	token := r.connect(patient).join().Resume
	for _, other := range []control.Invitee{clinician, robot, stranger} { // the last is of the same kind
		if got := r.connect(other).joinWith(signal.Join{Protocol: signal.Version, Resume: token, Fresh: true}); got.Resumed {
			t.Errorf("%s resumed the peer of somebody else", other.Kind)
		}
	}
	for i := range 4 {
		token := r.connect(patient).join().Resume // the one before has been replaced
		bad := []string{"x", "." + token, token + "x", strings.Split(token, ".")[0] + "."}[i]
		if got := r.connect(patient).joinWith(signal.Join{Protocol: signal.Version, Resume: bad, Fresh: true}); got.Resumed || !got.Fresh {
			t.Errorf("token %q: resumed %t, fresh %t", bad, got.Resumed, got.Fresh)
		}
	}
}

func TestPingIsAnswered(t *testing.T) {
	c := startRoom(t).connect(patient)
	c.join()
	c.send(signal.Ping{})
	expect[signal.Pong](c)
}

// Removal while a peer is away frees its media: it cannot be told, and its token opens nothing any more.
func TestRemovedWhileAway(t *testing.T) {
	r := startRoom(t)
	_, p, _ := r.observedTab(3)
	p.ws.Close() //nolint:errcheck // as a network that breaks
	<-time.After(50 * time.Millisecond)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.control.PutSession(ctx, session(clinician, robot)); err != nil {
		t.Fatal(err)
	}
	p.awaitClosed()
}
