package sfu

import (
	"strconv"
	"strings"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/history"
	"github.com/gotera/gotera/sfu/keyframe"
	"github.com/gotera/gotera/sfu/selection"
)

// codecID numbers what a room forwards, whatever payload types its peers use for it. 0 is none.
type codecID uint8

// The codecs of a room.
const (
	codecNone codecID = iota
	codecRED          // around Opus; never in the history
	codecOpus
	codecVP8
	codecH264Constrained
	codecH264Baseline
	codecVP9
	codecAV1
	codecCount
)

// codec describes one of them.
type codec struct {
	mime     string
	clock    uint32 // Hz
	channels uint16
	fmtp     string
	payload  webrtc.PayloadType // in our offers, unless the peer has offered first
	rtx      webrtc.PayloadType // 0: no retransmission stream
	keyframe func([]byte) bool  // nil: every packet can be the first

	// describe fills what a packet says of itself, keyframe included; nil: only whether it begins a keyframe.
	describe func(*layer, *rtp.Header, *history.Packet)
	// selection makes what chooses packets for one subscriber.
	selection func() selection.Selection
	// rewrite returns payload and marker of a packet that was chosen with mark, written to scratch if they are not as
	// they came; nil: they are.
	rewrite func(scratch []byte, p *history.Packet, mark uint32) (payload []byte, marker bool)
}

// mimeTypeRED is redundant audio (RFC 2198).
const mimeTypeRED = "audio/red"

const fmtpH264 = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id="

// codecs is indexed by codecID. In our offers they come in this order. The payload types are those of Firefox: when it has
// answered an offer, it describes what it adds with its own all the same, and one number must mean one thing in all m-lines
// (RFC 8843, section 10.1.2). Browsers with libwebrtc do so too with RED, see libwebrtcNumbers.
var codecs = [codecCount]codec{
	codecRED:             {mime: mimeTypeRED, clock: 48000, channels: 2, fmtp: "109/109", payload: 63},
	codecOpus:            {webrtc.MimeTypeOpus, 48000, 2, "minptime=10;useinbandfec=1", 109, 0, nil, nil, selectPlain, nil},
	codecVP8:             {webrtc.MimeTypeVP8, 90000, 0, "", 120, 124, keyframe.VP8, describeVP8, selectVP8, rewriteVP8},
	codecH264Constrained: {webrtc.MimeTypeH264, 90000, 0, fmtpH264 + "42e01f", 126, 127, keyframe.H264, describeH264, selectPlain, nil},
	codecH264Baseline:    {webrtc.MimeTypeH264, 90000, 0, fmtpH264 + "42001f", 105, 106, keyframe.H264, describeH264, selectPlain, nil},
	codecVP9:             {webrtc.MimeTypeVP9, 90000, 0, "profile-id=0", 121, 125, keyframe.VP9, describeVP9, selectVP9, rewriteVP9},
	codecAV1:             {webrtc.MimeTypeAV1, 90000, 0, "level-idx=5;profile=0;tier=0", 99, 100, keyframe.AV1, describeAV1, selectDependency, rewriteAV1},
}

// alternative is a codec that decodes what a subscriber without the right one is sent, or codecNone.
func (c codecID) alternative() codecID {
	switch c {
	case codecH264Constrained:
		return codecH264Baseline
	case codecH264Baseline:
		return codecH264Constrained // most encoders that say baseline use none of what constrained lacks
	}
	return codecNone
}

// codecOf finds the codec of a negotiated payload type by name and parameters.
func codecOf(mime, fmtp string) codecID {
	switch strings.ToLower(mime) {
	case strings.ToLower(webrtc.MimeTypeOpus):
		return codecOpus
	case mimeTypeRED:
		return codecRED
	case strings.ToLower(webrtc.MimeTypeVP8):
		return codecVP8
	case strings.ToLower(webrtc.MimeTypeAV1):
		return codecAV1
	case strings.ToLower(webrtc.MimeTypeVP9):
		if p := parameter(fmtp, "profile-id"); p == "" || p == "0" {
			return codecVP9
		}
	case strings.ToLower(webrtc.MimeTypeH264):
		profile := strings.ToLower(parameter(fmtp, "profile-level-id"))
		switch {
		case parameter(fmtp, "packetization-mode") != "1" || len(profile) != 6:
		case profile[:2] == "42":
			iop, err := strconv.ParseUint(profile[2:4], 16, 8)
			if err == nil && iop&0x40 != 0 { // constraint_set1_flag
				return codecH264Constrained
			}
			return codecH264Baseline
		}
	}
	return codecNone
}

// parameter is the value of one key in an fmtp line, or "".
func parameter(fmtp, key string) string {
	for part := range strings.SplitSeq(fmtp, ";") {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		if strings.EqualFold(k, key) {
			return v
		}
	}
	return ""
}

// libwebrtcNumbers are the payload types, and those of the retransmission streams, that Chromium and Safari have in offers of
// their own. Offered others first, they name a RED of the wrong Opus in what they add, and send none.
var libwebrtcNumbers = [codecCount][2]webrtc.PayloadType{
	codecRED: {63}, codecOpus: {111}, codecVP8: {96, 97}, codecH264Constrained: {125, 107}, codecH264Baseline: {102, 121},
	codecVP9: {98, 99}, codecAV1: {45, 46},
}

// numbered is the codec as it is offered to a client.
func (c codec) numbered(id codecID, libwebrtc bool) codec {
	if libwebrtc {
		c.payload, c.rtx = libwebrtcNumbers[id][0], libwebrtcNumbers[id][1]
		if id == codecRED {
			c.fmtp = "111/111"
		}
	}
	return c
}

// newMediaEngine registers what the room handles and nothing else. libwebrtc: the client numbers as that does.
func newMediaEngine(libwebrtc bool) (*webrtc.MediaEngine, error) {
	m := &webrtc.MediaEngine{}
	feedback := []webrtc.RTCPFeedback{
		{Type: "goog-remb"}, {Type: "transport-cc"}, {Type: "ccm", Parameter: "fir"}, {Type: "nack"}, {Type: "nack", Parameter: "pli"},
	}
	for id, c := range codecs {
		if codecID(id) == codecNone {
			continue
		}
		c = c.numbered(codecID(id), libwebrtc)
		kind, fb := webrtc.RTPCodecTypeVideo, feedback
		if c.keyframe == nil {
			kind, fb = webrtc.RTPCodecTypeAudio, []webrtc.RTCPFeedback{{Type: "transport-cc"}, {Type: "nack"}}
		}
		err := m.RegisterCodec(webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: c.mime, ClockRate: c.clock, Channels: c.channels, SDPFmtpLine: c.fmtp, RTCPFeedback: fb,
			},
			PayloadType: c.payload,
		}, kind)
		if err != nil {
			return nil, err
		}
		if c.rtx == 0 {
			continue
		}
		err = m.RegisterCodec(webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: webrtc.MimeTypeRTX, ClockRate: c.clock, SDPFmtpLine: "apt=" + strconv.Itoa(int(c.payload)),
			},
			PayloadType: c.rtx,
		}, kind)
		if err != nil {
			return nil, err
		}
	}
	if err := registerExtensions(m); err != nil {
		return nil, err
	}
	return m, nil
}
