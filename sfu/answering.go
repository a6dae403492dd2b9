package sfu

import (
	"slices"
	"strings"
	"time"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/dependency"
)

// A client that makes all offers (Options.Answers) is sent media on its own m-lines. Pion sees each of them as sendrecv, from
// the first offer on, and has an outlet on it; which way media really flows is written into the answer here. So what a client
// makes of its directions never stops a transceiver, and an m-line's SSRC lasts as long as the connection.

// prepareAnswering changes a client's offer into the one that Pion is given.
func prepareAnswering(d *sdp.SessionDescription, ignores bool) {
	for _, m := range d.MediaDescriptions {
		if !isMediaLine(m) {
			continue
		}
		s := describe(m)
		setDirection(m, webrtc.RTPTransceiverDirectionSendrecv)
		if ignores || !s.sends() {
			dropAttributes(m, "rid", "simulcast")
			s.rids, s.primary = nil, nil
		}
		declareOneSSRC(m, &s)
	}
}

// isMediaLine reports whether m is of sound or pictures.
func isMediaLine(m *sdp.MediaDescription) bool {
	return m.MediaName.Media == KindAudio || m.MediaName.Media == KindVideo
}

func dropAttributes(m *sdp.MediaDescription, keys ...string) {
	m.Attributes = slices.DeleteFunc(m.Attributes, func(a sdp.Attribute) bool { return slices.Contains(keys, a.Key) })
}

// usable reports whether media can flow on m-line s of an offer.
func (s *section) usable() bool { return !s.rejected && len(s.codecs) > 0 }

// addOutlets gives each usable m-line of the client's offer an outlet, if it has none yet.
func (p *Peer) addOutlets(offered []section) error {
	for i := range offered {
		s := &offered[i]
		if s.kind != KindAudio && s.kind != KindVideo || !s.usable() {
			continue
		}
		for p.lineOf(s.mid) == nil {
			l, err := p.addOutlet(s.kind)
			if err != nil {
				return err
			}
			if l == nil {
				break
			}
		}
	}
	return nil
}

// addOutlet gives an outlet to the first m-line of a kind that has none, which may be one that is not usable. It returns nil if
// there is none.
func (p *Peer) addOutlet(kind string) (*line, error) {
	o := &outlet{id: kind, stream: string(p.id), kind: kind}
	rtp, err := p.pc.AddTrack(o)
	if err != nil {
		return nil, err
	}
	for _, t := range p.pc.GetTransceivers() {
		if t.Sender() == rtp && t.Mid() != "" {
			l := &line{transceiver: t, rtp: rtp, outlet: o, kind: kind}
			p.lines = append(p.lines, l)
			return l, nil
		}
	}
	return nil, nil
}

// lineOf is our line with this mid, or nil.
func (p *Peer) lineOf(mid string) *line {
	for _, l := range p.lines {
		if l.transceiver.Mid() == mid {
			return l
		}
	}
	return nil
}

// withDirections makes Pion's answer what the client is to be told: which way media flows on each m-line that it offered.
func withDirections(answer *sdp.SessionDescription, offered []section, ignores bool) {
	var rejected []string
	for i, m := range answer.MediaDescriptions {
		if i >= len(offered) || !isMediaLine(m) {
			continue
		}
		s := &offered[i]
		if !s.usable() {
			m.MediaName.Port.Value = 0
			dropAttributes(m, "ssrc", "ssrc-group", "msid", "rid", "simulcast")
			setDirection(m, webrtc.RTPTransceiverDirectionInactive)
			rejected = append(rejected, s.mid)
			continue
		}
		sends, receives := s.receives(), s.sends() && !ignores // of the room
		switch {
		case sends && receives:
			setDirection(m, webrtc.RTPTransceiverDirectionSendrecv)
		case sends:
			setDirection(m, webrtc.RTPTransceiverDirectionSendonly)
		case receives:
			setDirection(m, webrtc.RTPTransceiverDirectionRecvonly)
		default:
			setDirection(m, webrtc.RTPTransceiverDirectionInactive)
		}
		if !sends {
			dropAttributes(m, "ssrc", "ssrc-group", "msid")
		}
	}
	for i, a := range answer.Attributes {
		if a.Key == sdp.AttrKeyGroup {
			answer.Attributes[i].Value = strings.Join(slices.DeleteFunc(strings.Fields(a.Value), func(mid string) bool {
				return slices.Contains(rejected, mid)
			}), " ")
		}
	}
}

// openLines notes what the client receives on, and what the answer says of it.
func (p *Peer) openLines(offered, answer []section) {
	for _, l := range p.lines {
		s, a := find(offered, l.transceiver.Mid()), find(answer, l.transceiver.Mid())
		l.open = s != nil && a != nil && s.usable() && s.receives()
		if b := l.outlet.bound; l.open && b != nil {
			l.outlet.binding.Store(b.within(a))
		}
	}
}

// within is b without what the answer does not take on this m-line: Pion knows only what is taken on any of its kind.
func (b *binding) within(answer *section) *binding {
	c := *b
	taken := func(pt uint8) bool { return answer.codecs[pt] != codecNone }
	for i := range c.payloads {
		if !taken(c.payloads[i]) {
			c.payloads[i], c.repairs[i] = 0, 0
		}
	}
	if answer.ext[dependency.URI] == 0 {
		c.dependency = 0
	}
	return &c
}

// showOnLines puts the wanted tracks onto the m-lines that the client receives on. What is shown stays where it is.
func (p *Peer) showOnLines(wanted []*receiver) {
	renewals := p.renewals
	p.renewals = nil
	changed := false
	for _, kind := range []string{KindAudio, KindVideo} {
		var open []*line
		for _, l := range p.lines {
			if l.kind == kind && l.open {
				open = append(open, l)
			}
		}
		var chosen []*receiver
		for _, r := range wanted {
			if r.track.Kind == kind && len(chosen) < len(open) {
				chosen = append(chosen, r)
			}
		}
		for _, l := range p.lines {
			if s := l.sender; l.kind == kind && s != nil && (!l.open || !slices.Contains(chosen, s.receiver)) {
				p.takeOff(l)
				changed = true
			}
		}
		for _, r := range chosen {
			i := slices.IndexFunc(open, func(l *line) bool { return l.sender != nil && l.sender.receiver == r })
			switch {
			case i < 0:
				i = slices.IndexFunc(open, func(l *line) bool { return l.sender == nil })
			case slices.Contains(renewals, r):
				p.renewed.Add(1)
				p.takeOff(open[i])
			default:
				continue
			}
			p.show(open[i], r)
			changed = true
		}
	}
	if changed {
		p.storeSenders()
		p.startSenders()
		p.room.needsChanged(time.Now())
	}
}

// takeOff ends what l shows.
func (p *Peer) takeOff(l *line) {
	l.last, l.sender = l.sender, nil
	l.last.stop()
	l.last.receiver.remove(l.last)
}

// show puts r on l, where nothing is.
func (p *Peer) show(l *line, r *receiver) {
	l.sender = newSenderOn(l.outlet, p, r)
	if l.last != nil {
		l.sender.follow(l.last)
		l.last = nil
	}
}
