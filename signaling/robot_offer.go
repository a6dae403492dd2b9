package signaling

import (
	"errors"
	"slices"

	"github.com/pion/sdp/v3"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// offeredMedia is what the room wants to know of a robot's offer.
type offeredMedia struct {
	mid    string               // of the first m-line
	tracks []sfu.PublishedTrack // what it sends: the first of each kind
	media  bool                 // there is more than data channels
	video  bool                 // it takes video
}

var errOffer = errors.New("offer cannot be read")

func readOffer(offer descriptionData) (offeredMedia, error) {
	var d sdp.SessionDescription
	if offer.Type != "offer" || len(offer.SDP) > signal.MaxMessage || d.UnmarshalString(offer.SDP) != nil || len(d.MediaDescriptions) == 0 {
		return offeredMedia{}, errOffer
	}
	var o offeredMedia
	o.mid, _ = d.MediaDescriptions[0].Attribute(sdp.AttrKeyMID)
	for _, m := range d.MediaDescriptions {
		kind := m.MediaName.Media
		if m.MediaName.Port.Value == 0 || kind != signal.KindAudio && kind != signal.KindVideo {
			continue
		}
		o.media = true
		mid, _ := m.Attribute(sdp.AttrKeyMID)
		sends, receives := directions(m)
		o.video = o.video || receives && kind == signal.KindVideo
		known := slices.ContainsFunc(o.tracks, func(t sfu.PublishedTrack) bool { return t.Kind == kind })
		if sends && !known {
			o.tracks = append(o.tracks, sfu.PublishedTrack{Mid: mid, Source: signal.SourceCamera, Kind: kind})
		}
	}
	return o, nil
}

// directions is what the client means to do on an m-line (RFC 8866, section 6.7).
func directions(m *sdp.MediaDescription) (sends, receives bool) {
	for _, a := range m.Attributes {
		switch a.Key {
		case sdp.AttrKeySendOnly:
			return true, false
		case sdp.AttrKeyRecvOnly:
			return false, true
		case sdp.AttrKeyInactive:
			return false, false
		}
	}
	return true, true
}
