package sfu

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// Bounds of a description that a peer sends.
const (
	maxDescription = 256 << 10 // bytes
	maxSections    = 256       // m-lines
	maxAddresses   = 512       // candidates; some clients repeat them in each m-line
)

// section is what the room wants to know of one m-line.
type section struct {
	mid       string
	kind      string // KindAudio or KindVideo; else it is the data channels'
	direction webrtc.RTPTransceiverDirection
	rejected  bool
	primary   []uint32          // SSRCs, as declared
	repair    map[uint32]uint32 // SSRC of a retransmission stream to the one that it repairs
	rids      []string          // simulcast layers that are sent, lowest first
	codecs    map[uint8]codecID // by payload type
	repairs   map[uint8]uint8   // payload type of retransmission to the one that it repairs
	feedback  map[string]bool   // "nack", "nack pli" and so on, of any codec
	ext       map[string]uint8  // header extension ids by URI
}

// parseDescription reads a peer's description, within bounds.
func parseDescription(text string) (*sdp.SessionDescription, error) {
	if len(text) > maxDescription {
		return nil, fmt.Errorf("%w: too long", ErrBadDescription)
	}
	d := &sdp.SessionDescription{}
	if err := d.UnmarshalString(text); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadDescription, err)
	}
	if len(d.MediaDescriptions) > maxSections {
		return nil, fmt.Errorf("%w: too many m-lines", ErrBadDescription)
	}
	addresses := 0
	for _, m := range d.MediaDescriptions {
		for _, a := range m.Attributes {
			if a.IsICECandidate() {
				addresses++
			}
		}
		if mid, _ := m.Attribute(sdp.AttrKeyMID); mid == "" && m.MediaName.Port.Value != 0 {
			return nil, fmt.Errorf("%w: m-line without mid", ErrBadDescription)
		}
	}
	if addresses > maxAddresses {
		return nil, fmt.Errorf("%w: too many candidates", ErrBadDescription)
	}
	return d, nil
}

// sections describes all m-lines of d.
func sections(d *sdp.SessionDescription) []section {
	out := make([]section, 0, len(d.MediaDescriptions))
	for _, m := range d.MediaDescriptions {
		out = append(out, describe(m))
	}
	return out
}

func describe(m *sdp.MediaDescription) section {
	s := section{
		kind:      m.MediaName.Media,
		direction: webrtc.RTPTransceiverDirectionSendrecv,
		repair:    map[uint32]uint32{},
		codecs:    map[uint8]codecID{},
		repairs:   map[uint8]uint8{},
		feedback:  map[string]bool{},
		ext:       map[string]uint8{},
	}
	_, bundleOnly := m.Attribute("bundle-only")
	s.rejected = m.MediaName.Port.Value == 0 && !bundleOnly
	names, fmtps := map[uint8]string{}, map[uint8]string{}
	for _, a := range m.Attributes {
		fields := strings.Fields(a.Value)
		switch a.Key {
		case sdp.AttrKeyMID:
			s.mid = a.Value
		case sdp.AttrKeySendRecv, sdp.AttrKeySendOnly, sdp.AttrKeyRecvOnly, sdp.AttrKeyInactive:
			s.direction = webrtc.NewRTPTransceiverDirection(a.Key)
		case sdp.AttrKeySSRC:
			if len(fields) > 0 {
				s.addSSRC(fields[0])
			}
		case sdp.AttrKeySSRCGroup:
			s.addGroup(fields)
		case "rid":
			if len(fields) >= 2 && fields[1] == "send" && len(s.rids) < maxLayers {
				s.rids = append(s.rids, fields[0])
			}
		case "simulcast":
			s.orderRIDs(fields)
		case "rtpmap":
			if pt, ok := payloadType(fields); ok && len(fields) > 1 {
				names[pt], _, _ = strings.Cut(fields[1], "/")
			}
		case "fmtp":
			if pt, ok := payloadType(fields); ok && len(fields) > 1 {
				fmtps[pt] = strings.Join(fields[1:], "")
			}
		case "rtcp-fb":
			if len(fields) > 1 {
				s.feedback[strings.Join(fields[1:], " ")] = true
			}
		case sdp.AttrKeyExtMap:
			if len(fields) > 1 {
				id, _, _ := strings.Cut(fields[0], "/")
				if n, err := strconv.ParseUint(id, 10, 8); err == nil && n > 0 {
					s.ext[fields[1]] = uint8(n)
				}
			}
		}
	}
	for ssrc := range s.repair {
		s.primary = slices.DeleteFunc(s.primary, func(p uint32) bool { return p == ssrc })
	}
	for pt, name := range names {
		if strings.EqualFold(name, "rtx") {
			if apt, err := strconv.ParseUint(parameter(fmtps[pt], "apt"), 10, 7); err == nil {
				s.repairs[pt] = uint8(apt)
			}
		} else if c := codecOf(s.kind+"/"+name, fmtps[pt]); c != codecNone {
			s.codecs[pt] = c
		}
	}
	return s
}

func payloadType(fields []string) (uint8, bool) {
	if len(fields) == 0 {
		return 0, false
	}
	n, err := strconv.ParseUint(fields[0], 10, 7)
	return uint8(n), err == nil
}

func (s *section) addSSRC(text string) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err == nil && !slices.Contains(s.primary, uint32(n)) && len(s.primary) < 2*maxLayers {
		s.primary = append(s.primary, uint32(n))
	}
}

// addGroup notes a pair of stream and retransmission stream (RFC 5576, section 4.2; RFC 4588, section 8.8).
func (s *section) addGroup(fields []string) {
	if len(fields) != 3 || fields[0] != sdp.SemanticTokenFlowIdentification {
		return
	}
	a, errA := strconv.ParseUint(fields[1], 10, 32)
	b, errB := strconv.ParseUint(fields[2], 10, 32)
	if errA == nil && errB == nil && len(s.repair) < 2*maxLayers {
		s.repair[uint32(b)] = uint32(a)
	}
}

// orderRIDs puts the layers in the order of the simulcast line, which is from the lowest to the highest in browsers.
func (s *section) orderRIDs(fields []string) {
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] != "send" {
			continue
		}
		var order []string
		for alternatives := range strings.SplitSeq(fields[i+1], ";") {
			rid, _, _ := strings.Cut(alternatives, ",")
			if rid = strings.TrimPrefix(rid, "~"); slices.Contains(s.rids, rid) && !slices.Contains(order, rid) {
				order = append(order, rid)
			}
		}
		if len(order) > 0 {
			s.rids = order
		}
	}
}

// sends reports whether the describing side sends media on the m-line.
func (s *section) sends() bool {
	return !s.rejected && (s.direction == webrtc.RTPTransceiverDirectionSendrecv || s.direction == webrtc.RTPTransceiverDirectionSendonly)
}

// receives reports whether the describing side takes media on the m-line.
func (s *section) receives() bool {
	return !s.rejected && (s.direction == webrtc.RTPTransceiverDirectionSendrecv || s.direction == webrtc.RTPTransceiverDirectionRecvonly)
}

// lineUse says what the room does with an m-line of a client's offer.
type lineUse int

const (
	lineClient lineUse = iota // the client's own: it publishes there
	lineIdle                  // ours, with nothing on it now
	lineSending
)

// prepareOffer changes a client's offer into one that Pion handles as the room wants: media flows one way on each
// m-line (so that Pion never sends on a client's line, and never declares one of ours dead), and what we find out
// about SSRCs ourselves does not confuse it. ignores: nothing is taken of what the client sends.
func prepareOffer(d *sdp.SessionDescription, use func(mid string) lineUse, ignores bool) {
	for _, m := range d.MediaDescriptions {
		if !isMediaLine(m) {
			continue
		}
		s := describe(m)
		want := s.direction
		switch use(s.mid) {
		case lineClient:
			switch {
			case s.rejected, ignores, s.direction == webrtc.RTPTransceiverDirectionRecvonly:
				want = webrtc.RTPTransceiverDirectionInactive
			case s.direction == webrtc.RTPTransceiverDirectionSendrecv:
				want = webrtc.RTPTransceiverDirectionSendonly
			}
		case lineIdle:
			want = webrtc.RTPTransceiverDirectionRecvonly
		case lineSending:
			if s.direction == webrtc.RTPTransceiverDirectionSendrecv {
				want = webrtc.RTPTransceiverDirectionRecvonly
			}
		}
		setDirection(m, want)
		declareOneSSRC(m, &s)
	}
}

func setDirection(m *sdp.MediaDescription, want webrtc.RTPTransceiverDirection) {
	m.Attributes = slices.DeleteFunc(m.Attributes, func(a sdp.Attribute) bool {
		return webrtc.NewRTPTransceiverDirection(a.Key) != webrtc.RTPTransceiverDirectionUnknown
	})
	m.Attributes = append(m.Attributes, sdp.Attribute{Key: want.String()})
}

// declareOneSSRC leaves one SSRC in an m-line that is not simulcast by rid: with more Pion takes the offer for Plan B,
// with none it opens a sending m-line of its own for the first unknown stream.
func declareOneSSRC(m *sdp.MediaDescription, s *section) {
	m.Attributes = slices.DeleteFunc(m.Attributes, func(a sdp.Attribute) bool {
		return a.Key == sdp.AttrKeySSRC || a.Key == sdp.AttrKeySSRCGroup
	})
	if len(s.rids) > 0 || !s.sends() {
		return
	}
	ssrc := uint32(1)
	if len(s.primary) > 0 {
		ssrc = s.primary[0]
	}
	m.Attributes = append(m.Attributes, sdp.Attribute{
		Key: sdp.AttrKeySSRC, Value: strconv.FormatUint(uint64(ssrc), 10) + " cname:peer",
	})
}

// withIdleLines offers recvonly where Pion writes inactive for m-lines of ours that carry nothing. To a browser both
// mean that the track is gone; but a Pion client that meets inactive stops its transceiver and cannot use it again.
func withIdleLines(text string, idle func(mid string) bool) string {
	lines := strings.Split(text, "\r\n")
	inactive := -1 // the direction line of the section at hand, if it is inactive
	mid := ""
	flush := func() {
		if inactive >= 0 && idle(mid) {
			lines[inactive] = "a=" + sdp.AttrKeyRecvOnly
		}
		inactive, mid = -1, ""
	}
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "m="):
			flush()
		case line == "a="+sdp.AttrKeyInactive:
			inactive = i
		case strings.HasPrefix(line, "a=mid:"):
			mid = strings.TrimPrefix(line, "a=mid:")
		}
	}
	flush()
	return strings.Join(lines, "\r\n")
}
