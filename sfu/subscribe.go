package sfu

import (
	"slices"
	"strconv"

	"github.com/pion/webrtc/v4"
)

// line is an m-line on which the server sends.
type line struct {
	transceiver *webrtc.RTPTransceiver
	rtp         *webrtc.RTPSender
	sender      *sender // nil when its track is gone
	idle        bool    // negotiated without a track: it can be used again
	refused     bool    // the client does not take what was offered
	kind        string

	// Of a client that makes all offers.
	outlet *outlet
	open   bool    // the client receives on it
	last   *sender // of the track that was on it last, while none is
}

// lineUse tells prepareOffer whose m-line mid is.
func (p *Peer) lineUse(mid string) lineUse {
	for _, l := range p.lines {
		if l.transceiver.Mid() == mid {
			if l.sender == nil {
				return lineIdle
			}
			return lineSending
		}
	}
	return lineClient
}

// syncLines gives each of the wanted tracks an m-line and takes it from all others. It returns whether anything
// changed, that is, whether to offer.
func (p *Peer) syncLines(wanted []*receiver) (changed bool, err error) {
	have := map[*receiver]bool{}
	heard := map[*receiver]int64{} // when the subscriber last got a packet of what is renewed
	for _, l := range p.lines {
		switch {
		case l.sender == nil:
		case slices.Contains(p.renewals, l.sender.receiver):
			p.renewed.Add(1)
			heard[l.sender.receiver] = l.sender.advancedAt.Load()
			p.removeSender(l)
			changed = true
		case slices.Contains(wanted, l.sender.receiver):
			have[l.sender.receiver] = true
		default:
			p.removeSender(l)
			changed = true
		}
	}
	p.renewals = nil
	for _, r := range wanted {
		if !have[r] {
			if err = p.addSender(r); err != nil {
				return changed, err
			}
			changed = true
		}
	}
	if changed {
		p.storeSenders()
	}
	for r, at := range heard {
		if s := p.senderOf(r); s != nil {
			s.advancedAt.Store(at)
		}
	}
	return changed, nil
}

// storeSenders publishes the list of senders for the packet path and the reports.
func (p *Peer) storeSenders() {
	list := []*sender{}
	for _, l := range p.lines {
		if l.sender != nil {
			list = append(list, l.sender)
		}
	}
	p.senders.Store(&list)
}

func (p *Peer) removeSender(l *line) {
	s := l.sender
	l.sender = nil
	s.stop()
	s.receiver.remove(s)
	if err := p.pc.RemoveTrack(l.rtp); err != nil { // the client has stopped the m-line itself
		p.room.log.Debug("remove track", "peer", p.id, "error", err)
	}
}

// addSender puts a track on an idle m-line of its kind, or else on a new one.
func (p *Peer) addSender(r *receiver) error {
	s := newSender(p, r)
	reuse := slices.ContainsFunc(p.lines, func(l *line) bool { return l.idle && l.kind == r.track.Kind })
	if !reuse {
		t, err := p.pc.AddTransceiverFromTrack(s.outlet, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		if err != nil {
			return err
		}
		// Not a number: a Pion client that has to roll back its own offer keeps its mids, and those are numbers.
		if err = t.SetMid("s" + strconv.Itoa(len(p.lines))); err != nil {
			return err
		}
		p.lines = append(p.lines, &line{transceiver: t, rtp: t.Sender(), sender: s, kind: r.track.Kind})
		return nil
	}
	rtp, err := p.pc.AddTrack(s.outlet) // Pion looks for the idle m-line: clients' own lines do not qualify (prepareOffer)
	if err != nil {
		return err
	}
	for _, t := range p.pc.GetTransceivers() {
		if t.Sender() != rtp {
			continue
		}
		i := slices.IndexFunc(p.lines, func(l *line) bool { return l.transceiver == t })
		if i < 0 {
			p.lines = append(p.lines, &line{transceiver: t, kind: r.track.Kind})
			i = len(p.lines) - 1
		}
		l := p.lines[i]
		l.rtp, l.sender, l.idle, l.refused = rtp, s, false, false
	}
	return nil
}

// answered notes what the client's answer says about our m-lines.
func (p *Peer) answered(answer []section) {
	for _, l := range p.lines {
		i := slices.IndexFunc(answer, func(s section) bool { return s.mid == l.transceiver.Mid() })
		l.idle = l.sender == nil
		l.refused = l.sender != nil && (i < 0 || !answer[i].receives())
		if l.sender != nil {
			l.sender.refused.Store(l.refused)
		}
		if l.refused {
			p.room.log.Warn("track refused", "peer", p.id, "track", l.sender.receiver.track.ID)
		}
	}
}

// startSenders begins to forward on all negotiated m-lines, once the connection is up.
func (p *Peer) startSenders() {
	if !p.connected.Load() {
		return
	}
	for _, l := range p.lines {
		s := l.sender
		if s == nil || l.refused || s.live.Load() || s.binding.Load() == nil || !s.receiver.add(s) {
			continue
		}
		s.start()
	}
}

// sentTracks says what each of our m-lines carries.
func (p *Peer) sentTracks() []SentTrack {
	out := []SentTrack{}
	for _, l := range p.lines {
		if l.sender != nil {
			out = append(out, SentTrack{Mid: l.transceiver.Mid(), Track: l.sender.receiver.track})
		}
	}
	return out
}
