package sfu

import (
	"slices"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// handleRTCP takes one compound RTCP packet of the peer, with link.mu held. Pion delivers a packet once for each SSRC that
// it concerns, only: then only what concerns that one is for us now. nil: all of it is.
func (p *Peer) handleRTCP(only *uint32, b []byte) {
	p.inflow.rtcp.Add(1)
	now := time.Now()
	if p.takeFeedback(only, b, now) {
		return
	}
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		return
	}
	if only != nil {
		p.handleFeedback(*only, packets, now)
		return
	}
	for i, pkt := range packets {
		about := pkt.DestinationSSRC()
		for n, ssrc := range about {
			if !slices.Contains(about[:n], ssrc) { // what is said of it is all taken at once
				p.handleFeedback(ssrc, packets[i:i+1], now)
			}
		}
	}
}

// handleFeedback takes what concerns ssrc.
func (p *Peer) handleFeedback(ssrc uint32, packets []rtcp.Packet, now time.Time) {
	for _, pkt := range packets {
		switch pkt := pkt.(type) {
		case *rtcp.SenderReport:
			if pkt.SSRC == ssrc {
				p.reports.Store(true)
				if l := p.layer(ssrc); l != nil {
					l.senderReport(pkt, now)
				}
			}
			p.reported(ssrc, pkt.Reports, now)
		case *rtcp.ReceiverReport:
			p.reported(ssrc, pkt.Reports, now)
		case *rtcp.TransportLayerNack:
			if s := p.sender(ssrc); s != nil && pkt.MediaSSRC == ssrc {
				p.inflow.rtcp.Add(uint64(len(pkt.Nacks)) * 17 / toldAtOnce)
				s.nacked(pkt.Nacks, now)
			}
		case *rtcp.PictureLossIndication:
			if s := p.sender(ssrc); s != nil && pkt.MediaSSRC == ssrc {
				s.keyframeAsked()
			}
		case *rtcp.FullIntraRequest:
			if slices.ContainsFunc(pkt.FIR, func(e rtcp.FIREntry) bool { return e.SSRC == ssrc }) {
				if s := p.sender(ssrc); s != nil {
					s.keyframeAsked()
				}
			}
		case *rtcp.ReceiverEstimatedMaximumBitrate:
			p.estimate.Store(uint64(pkt.Bitrate))
		}
	}
}

func (p *Peer) reported(ssrc uint32, blocks []rtcp.ReceptionReport, now time.Time) {
	for i := range blocks {
		if blocks[i].SSRC == ssrc {
			if s := p.sender(ssrc); s != nil {
				s.reported(&blocks[i], now)
			}
			return
		}
	}
}

// sender is the one that sends as ssrc to the peer, or nil.
func (p *Peer) sender(ssrc uint32) *sender {
	for _, s := range *p.senders.Load() {
		if b := s.binding.Load(); b != nil && b.ssrc == ssrc {
			return s
		}
	}
	return nil
}

// layer is the one that the peer publishes as ssrc, or nil.
func (p *Peer) layer(ssrc uint32) *layer {
	for _, r := range p.routes.Load().receivers {
		for _, l := range *r.layers.Load() {
			if l.ssrc == ssrc {
				return l
			}
		}
	}
	return nil
}

// level reads the audio level of a packet (RFC 6464).
func (r *receiver) level(h *rtp.Header) (level uint8, ok bool) {
	if r.levelID == 0 {
		return 0, false
	}
	v := h.GetExtension(r.levelID)
	if len(v) == 0 {
		return 0, false
	}
	return v[0], true
}
