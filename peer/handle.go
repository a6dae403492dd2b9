package peer

import (
	"time"

	"github.com/gotera/gotera/proto/signal"
)

// handle is the table of what the room sends. It runs on the loop's goroutine.
func (p *Peer) handle(m signal.ServerMessage) {
	switch m := m.(type) {
	case signal.Joined:
		p.onJoined(m)
	case signal.PeerUpdate:
		p.onPeer(m.Peer)
	case signal.Left:
		p.onLeft(m)
	case signal.ServerOffer:
		p.onOffer(m)
	case signal.Answer:
		p.onAnswer(m)
	case signal.Candidate:
		p.onCandidate(m)
	case signal.ServerText:
		p.deliver(Message{From: m.From, Topic: m.Topic, Data: m.Data})
	case signal.ServerMute:
		if p.opts.OnMute != nil {
			p.opts.OnMute(m.From, m.Kind)
		}
	case signal.Delivery:
		if p.opts.OnDelivery != nil {
			p.opts.OnDelivery(m.To)
		}
	case signal.Ping:
		p.write(signal.Pong{})
	case signal.Ended:
		p.onEnded(m)
	case signal.Restart:
		if p.opts.OnRestart != nil {
			p.opts.OnRestart(m.Source, m.Kind)
		}
	case signal.Layers: // it publishes one layer, and goes on with it so that whoever comes sees it at once
	case signal.ICEServers: // for the next PeerConnection
	case signal.Invitees, signal.Speakers, signal.Stalled, signal.Reduced: // for pages
	case signal.Pong: // being heard is all it is for
	}
}

func (p *Peer) onJoined(m signal.Joined) {
	l := &p.loop
	l.resume, l.welcome, l.joinedAt = m.Resume, true, time.Now()
	p.mu.Lock()
	p.id, p.session, p.self = m.Peer, m.Session, m.Self
	p.linked = true
	p.peers = make(map[string]signal.Peer, len(m.Peers))
	for _, o := range m.Peers {
		p.peers[o.ID] = o
	}
	p.mu.Unlock()
	p.log.Info("joined", "peer", m.Peer, "resumed", m.Resumed)
	if !m.Fresh && l.pc != nil {
		p.renew()
	} else if err := p.begin(m.ICEServers); err != nil {
		p.fail(err)
		return
	}
	p.settle(nil)
	if p.opts.OnConnect != nil {
		p.opts.OnConnect(m.Resumed)
	}
	if p.opts.OnPeer != nil {
		for _, o := range m.Peers {
			p.opts.OnPeer(o)
		}
	}
}

func (p *Peer) onPeer(o signal.Peer) {
	p.mu.Lock()
	p.peers[o.ID] = o
	p.mu.Unlock()
	if p.opts.OnPeer != nil {
		p.opts.OnPeer(o)
	}
}

func (p *Peer) onLeft(m signal.Left) {
	p.mu.Lock()
	delete(p.peers, m.Peer)
	p.mu.Unlock()
	if p.opts.OnLeft != nil {
		p.opts.OnLeft(m.Peer, m.Reason)
	}
}

// onEnded ends the peer, unless the room only restarts. An error is worth another try if it went well for a while.
func (p *Peer) onEnded(m signal.Ended) {
	again := m.Reason == signal.ReasonError && time.Since(p.loop.joinedAt) > steady
	if again || m.Reason == signal.ReasonShutdown {
		p.loop.resume = ""
		return
	}
	p.fail(&EndedError{Reason: m.Reason, Text: m.Text})
}

// steady is how long a join has to last to count as one that worked.
const steady = 10 * time.Second
