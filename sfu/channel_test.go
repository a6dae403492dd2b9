package sfu

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/webrtc/v4"
)

// Pion tells of a channel a moment before anything can be sent on it: what is sent then waits.
func TestFramesWaitForTheirChannel(t *testing.T) {
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close() //nolint:errcheck // over
	for _, label := range []string{"reliable", "lossy"} {
		life := uint16(10_000)
		init := &webrtc.DataChannelInit{}
		if label == "lossy" {
			init.MaxPacketLifeTime = &life
		}
		dc, err := pc.CreateDataChannel(label, init)
		if err != nil {
			t.Fatal(err)
		}
		p := &Peer{}
		c := newChannel(p, dc)
		c.put(Frame{Data: []byte("1"), At: time.Now()})
		c.empty()
		if n, tally := len(c.queue), &p.data.tally; n != 1 || tally.Sent.Load()+tally.Dropped.Load()+tally.Stale.Load() != 0 {
			t.Errorf("%s: %d frames wait, %d were sent, %d dropped", label, n, tally.Sent.Load(), tally.Dropped.Load())
		}
	}
}

// network is a lossy data channel that acknowledges something at any moment, and calls as Pion does: when less than low waits
// and before more did.
type network struct {
	dataChannel // of the methods below alone
	life        uint16
	rand        *rand.Rand
	down        bool
	sent        int
	waits, low  int
	call        func()
}

func (n *network) MaxPacketLifeTime() *uint16          { return &n.life }
func (n *network) ReadyState() webrtc.DataChannelState { return webrtc.DataChannelStateOpen }
func (n *network) SetBufferedAmountLowThreshold(l uint64) {
	n.mayAcknowledge()
	n.low = int(l)
	n.mayAcknowledge()
}

func (n *network) BufferedAmount() uint64 {
	n.mayAcknowledge()
	waits := n.waits
	n.mayAcknowledge()
	return uint64(waits)
}

func (n *network) Send(data []byte) error {
	n.sent++
	n.waits += len(data)
	return nil
}

func (n *network) mayAcknowledge() {
	if n.rand.IntN(3) == 0 {
		n.acknowledge(n.rand.IntN(n.waits + 1))
	}
}

func (n *network) acknowledge(bytes int) {
	if n.down {
		return
	}
	before := n.waits
	n.waits -= bytes
	if before > n.low && n.waits <= n.low {
		n.call()
	}
}

// Whatever the network acknowledges, and when: what waits is sent as soon as the network takes it, although no more frames come.
func TestLossyChannelNeverFallsAsleep(t *testing.T) {
	for seed := range uint64(2000) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			n := &network{life: uint16(200 + r.IntN(2000)), rand: r}
			p := &Peer{}
			c := newChannel(p, n)
			n.call = c.empty
			frames, largest, gap := 0, []int{800, 8000}[r.IntN(2)], []int{100, 500}[r.IntN(2)]
			put := func(count int) {
				for range count {
					frames++
					c.put(Frame{Data: make([]byte, 1+r.IntN(largest)), At: time.Now()})
					c.empty()
				}
			}
			pause := func(most int) { time.Sleep(time.Duration(r.IntN(most)) * time.Millisecond) }
			take := func() {
				for range r.IntN(40) {
					n.acknowledge(r.IntN(n.waits + 1))
					pause(20)
				}
			}
			for range 1 + r.IntN(5) {
				put(r.IntN(40))
				take()
				n.down = true
				for range r.IntN(40) {
					put(r.IntN(3))
					pause(gap)
				}
				n.down = false
				put(r.IntN(2))
				if r.IntN(2) == 0 {
					take()
				}
			}
			for n.waits > 0 {
				n.acknowledge(1 + r.IntN(n.waits))
				pause(10)
			}
			tally := &p.data.tally
			if stale := int(tally.Stale.Load()); len(c.queue) > 0 || n.sent+stale != frames {
				t.Fatalf("seed %d: of %d frames %d were sent and %d stale; %d wait", seed, frames, n.sent, stale, len(c.queue))
			}
		})
	}
}
