package sfu

import (
	"maps"
	"slices"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"

	"github.com/gotera/gotera/sfu/twcc"
)

// routes tells which receiver a stream of the peer belongs to. It is replaced, never modified, at each negotiation.
type routes struct {
	receivers  []*receiver
	undeclared []*receiver // without an SSRC in the offer
	mids       map[string]*receiver
	primary    map[uint32]*receiver // declared SSRCs
	repair     map[uint32]uint32    // declared retransmission streams
	codecs     map[uint8]codecID
	repairs    map[uint8]uint8

	mid, rid, repairedRID map[uint8]bool // header extension ids: m-lines may differ
	transport             uint8          // of the transport-wide sequence number, one for all m-lines; 0: none
}

func newRoutes() *routes {
	return &routes{
		mids: map[string]*receiver{}, primary: map[uint32]*receiver{}, repair: map[uint32]uint32{},
		codecs: map[uint8]codecID{}, repairs: map[uint8]uint8{},
		mid: map[uint8]bool{}, rid: map[uint8]bool{}, repairedRID: map[uint8]bool{},
	}
}

// add routes what m-line s of the client's offer, answered by a, carries to r.
func (t *routes) add(r *receiver, s, a *section) {
	t.receivers = append(t.receivers, r)
	t.mids[s.mid] = r
	for _, ssrc := range s.primary {
		t.primary[ssrc] = r
	}
	if len(s.primary) == 0 {
		t.undeclared = append(t.undeclared, r)
	}
	maps.Copy(t.repair, s.repair)
	maps.Copy(t.codecs, a.codecs)
	maps.Copy(t.repairs, a.repairs)
	if id, ok := a.ext[twcc.URI]; ok && t.transport == 0 {
		t.transport = id
	}
	for uri, ids := range map[string]map[uint8]bool{
		sdp.SDESMidURI: t.mid, sdp.SDESRTPStreamIDURI: t.rid, sdp.SDESRepairRTPStreamIDURI: t.repairedRID,
	} {
		if id, ok := a.ext[uri]; ok {
			ids[id] = true
		}
	}
}

// has reports whether r is still published.
func (t *routes) has(r *receiver) bool {
	return slices.Contains(t.receivers, r)
}

// extension returns the value of the first of the given header extensions, or "".
func extension(h *rtp.Header, ids map[uint8]bool) string {
	if !h.Extension {
		return ""
	}
	for id := range ids {
		if v := h.GetExtension(id); len(v) > 0 && len(v) <= maxID {
			return string(v)
		}
	}
	return ""
}

// maxID is the longest mid or rid that is looked at.
const maxID = 32

// receiver finds what a packet of SSRC ssrc belongs to: by its mid (RFC 8843, section 9.2), by declaration, or as the
// only m-line whose payload types it can have.
func (t *routes) receiver(h *rtp.Header) *receiver {
	if r := t.mids[extension(h, t.mid)]; r != nil {
		return r
	}
	if r := t.primary[h.SSRC]; r != nil {
		return r
	}
	if base, ok := t.repair[h.SSRC]; ok {
		return t.primary[base]
	}
	c, ok := t.codecs[h.PayloadType]
	if !ok {
		return nil
	}
	var only *receiver
	for _, r := range t.undeclared {
		if (r.track.Kind == KindVideo) == (codecs[c].keyframe != nil) {
			if only != nil {
				return nil
			}
			only = r
		}
	}
	return only
}
