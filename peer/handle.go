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
		p.onRestart(m)
		if p.opts.OnRestart != nil {
			p.opts.OnRestart(m.Source, m.Kind)
		}
	case signal.Layers:
		p.onLayers(m)
	case signal.ICEServers:
		p.setServers(m.ICEServers)
	case signal.Stalled:
		p.onStalled(m)
	case signal.Reduced:
		p.onReduced(m)
	case signal.Invitees, signal.Speakers: // for pages
	case signal.Pong: // being heard is all it is for
	}
}

func (p *Peer) onJoined(m signal.Joined) {
	l := &p.loop
	asked := l.fresh
	l.resume, l.welcome, l.joinedAt, l.fresh = m.Resume, true, time.Now(), false
	if asked && m.Resumed && !m.Fresh { // an older room goes on with the connection that is given up here
		l.resume = ""
		p.write(signal.Leave{})
		l.link.close()
		return
	}
	p.mu.Lock()
	p.id, p.session, p.self = m.Peer, m.Session, m.Self
	before := p.peers
	p.peers = make(map[string]signal.Peer, len(m.Peers))
	for _, o := range m.Peers {
		p.peers[o.ID] = o
		delete(before, o.ID)
	}
	p.stalled, p.paused, p.stuck = nil, nil, time.Time{}
	p.mu.Unlock()
	p.log.Info("joined", "peer", m.Peer, "resumed", m.Resumed, "fresh", m.Fresh)
	goesOn := m.Resumed && !m.Fresh && l.pc != nil
	if !goesOn {
		p.giveUp()
	}
	p.setServers(m.ICEServers)
	l.path.ladder.joined(time.Now())
	if goesOn {
		l.path.hopeful = true
		p.renew()
	} else if err := p.begin(); err != nil {
		p.fail(err)
		return
	}
	p.setLinked(true)
	p.settle(nil)
	if p.opts.OnConnect != nil {
		p.opts.OnConnect(m.Resumed)
	}
	if p.opts.OnLeft != nil {
		for id := range before { // they went while this peer was away
			p.opts.OnLeft(id, signal.ReasonLost)
		}
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
	again = again || m.Reason == signal.ReasonFull && p.loop.joined == nil // somebody took its place while it was away
	if again || m.Reason == signal.ReasonShutdown {
		p.loop.resume, p.loop.fresh = "", false
		return
	}
	p.fail(&EndedError{Reason: m.Reason, Text: m.Text})
}

// steady is how long a join has to last to count as one that worked.
const steady = 10 * time.Second
