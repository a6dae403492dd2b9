package connectivity

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"
)

const (
	connectTime = 8 * time.Second // without a data channel for so long a peer is ended: its test was given up
	maxMessage  = 1024            // bytes
	maxMessages = 200             // of one peer: a check sends a few
)

// peer echoes what comes on the data channels of one connection.
type peer struct {
	owner    string
	messages atomic.Int32
	opened   atomic.Bool // a data channel was
	once     sync.Once
	done     chan struct{} // closed when the peer is to end
}

// listen has the connection echo, and the peer end with it. Pion calls back from goroutines of its own.
func (p *peer) listen(pc *webrtc.PeerConnection) {
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateFailed || s == webrtc.PeerConnectionStateClosed {
			p.end()
		}
	})
	pc.OnDataChannel(func(c *webrtc.DataChannel) {
		p.opened.Store(true)
		c.OnClose(p.end)
		c.OnMessage(func(m webrtc.DataChannelMessage) { p.echo(c, m) })
	})
}

// echo sends m back; a peer that sends more than a check does is ended.
func (p *peer) echo(c *webrtc.DataChannel, m webrtc.DataChannelMessage) {
	if len(m.Data) > maxMessage || p.messages.Add(1) > maxMessages {
		p.end()
		return
	}
	var err error
	if m.IsString {
		err = c.SendText(string(m.Data))
	} else {
		err = c.Send(m.Data)
	}
	if err != nil {
		p.end()
	}
}

// run returns when the peer is to end, at the latest after d.
func (p *peer) run(d time.Duration) {
	limit, connect := time.NewTimer(d), time.NewTimer(connectTime)
	defer limit.Stop()
	defer connect.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-limit.C:
			return
		case <-connect.C:
			if !p.opened.Load() {
				return
			}
		}
	}
}

func (p *peer) end() { p.once.Do(func() { close(p.done) }) }
