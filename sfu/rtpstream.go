package sfu

import (
	"encoding/binary"
	"slices"

	"github.com/pion/rtp"
)

// rtpStream takes the decrypted packets of one SSRC of a publisher, with link.mu held, and hands them to their layer. A
// stream that comes before its description waits for one: each packet tries again.
type rtpStream struct {
	peer   *Peer
	ssrc   uint32
	header rtp.Header // of the packet at hand; kept to save its slices
	routes *routes    // by which layer was found
	layer  *layer
	repair bool   // packets are retransmissions (RFC 4588)
	rid    string // the last that a packet carried: clients stop saying it once they know that it is known
}

func (s *rtpStream) receive(b []byte) {
	s.peer.inflow.rtp.Add(1)
	n, err := s.header.Unmarshal(b)
	if err != nil {
		return
	}
	payload := b[n:]
	if s.header.Padding && len(payload) > 0 {
		if pad := int(payload[len(payload)-1]); pad <= len(payload) {
			payload = payload[:len(payload)-pad]
		} else {
			return
		}
	}
	t := s.peer.routes.Load()
	if seq, ok := transportSeq(&s.header, t.transport); ok {
		s.peer.arrived(seq, s.ssrc)
	}
	if t != s.routes {
		s.check(t)
	}
	if s.layer == nil && !s.bind(t) {
		s.peer.unrouted.Add(1)
		return
	}
	if s.repair {
		s.receiveRepair(t, payload)
	} else if c := t.codecs[s.header.PayloadType]; c == codecRED {
		s.layer.receiveRED(t, &s.header, payload)
	} else if c != codecNone {
		s.layer.receive(&s.header, c, payload, false)
	}
}

// check lets go of a layer that the new routes do not have, or have given to another SSRC.
func (s *rtpStream) check(t *routes) {
	s.routes = t
	if s.layer == nil {
		return
	}
	r := s.layer.receiver
	if !t.has(r) || !r.has(s.layer) {
		s.layer = nil
	} else if declared := t.primary[s.ssrc]; declared != nil && declared != r {
		s.layer = nil
	}
}

// bind finds the layer of the packet at hand.
func (s *rtpStream) bind(t *routes) bool {
	r := t.receiver(&s.header)
	if r == nil {
		return false
	}
	if _, s.repair = t.repairs[s.header.PayloadType]; s.repair {
		s.layer = r.repaired(extension(&s.header, t.repairedRID), t.repair[s.ssrc])
		return s.layer != nil
	}
	if t.codecs[s.header.PayloadType] == codecNone {
		return false
	}
	if rid := extension(&s.header, t.rid); rid != "" || !slices.Contains(r.rids, s.rid) {
		s.rid = rid
	}
	s.layer = r.bind(s.rid, s.ssrc)
	return s.layer != nil
}

// receiveRepair takes the original packet out of a retransmission (RFC 4588, section 4).
func (s *rtpStream) receiveRepair(t *routes, payload []byte) {
	c := t.codecs[t.repairs[s.header.PayloadType]]
	if len(payload) < 2 || c == codecNone {
		return // padding: the publisher probes its bandwidth
	}
	s.header.SequenceNumber = binary.BigEndian.Uint16(payload)
	if s.layer.receive(&s.header, c, payload[2:], true) {
		s.layer.rtx.Add(1)
	}
}
