package sfu

import (
	"encoding/binary"
	"strconv"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/dependency"
	"github.com/gotera/gotera/sfu/twcc"
)

// Header extensions that have no constant elsewhere.
const (
	audioLevelURI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level" // RFC 6464
	sendTimeURI   = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
)

// extensions are those of our offers, by id: the ids that Chromium uses itself. It keeps the ids of an offer that it
// had to roll back, and refuses another one's after that; so ours are the same from the start. Pion numbers them in
// this order when the peer has not offered first; a gap is registered for no kind of media, and so is not offered.
var extensions = [...]struct {
	uri          string
	audio, video bool
}{
	1:  {audioLevelURI, true, false},
	2:  {sendTimeURI, true, true},
	3:  {twcc.URI, true, true},
	4:  {sdp.SDESMidURI, true, true},
	10: {sdp.SDESRTPStreamIDURI, false, true},
	11: {sdp.SDESRepairRTPStreamIDURI, false, true},
	12: {dependency.URI, false, true},
}

// registerExtensions makes m offer and take them.
func registerExtensions(m *webrtc.MediaEngine) error {
	for id, e := range extensions {
		if id == 0 {
			continue
		}
		kinds := []webrtc.RTPCodecType{0}
		switch {
		case e.uri == "":
			e.uri = "gap:" + strconv.Itoa(id)
		case e.audio && e.video:
			kinds = []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo}
		case e.audio:
			kinds[0] = webrtc.RTPCodecTypeAudio
		default:
			kinds[0] = webrtc.RTPCodecTypeVideo
		}
		for _, kind := range kinds {
			if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: e.uri}, kind); err != nil {
				return err
			}
		}
	}
	return nil
}

// transportSeq reads the transport-wide sequence number of a packet.
func transportSeq(h *rtp.Header, id uint8) (seq uint16, ok bool) {
	if id == 0 || !h.Extension {
		return 0, false
	}
	v := h.GetExtension(id)
	if len(v) != 2 {
		return 0, false
	}
	return binary.BigEndian.Uint16(v), true
}

// sendTime is now as abs-send-time has it: 24 bits, 6 of them whole seconds.
func sendTime(now time.Time) [3]byte {
	v := uint64(now.Unix()&63)<<18 | uint64(now.Nanosecond())<<18/1e9
	return [3]byte{byte(v >> 16), byte(v >> 8), byte(v)}
}
