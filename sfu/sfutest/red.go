package sfutest

import (
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/red"
)

const mimeTypeRED = "audio/red"

// registerRED makes a client offer and take redundant audio, as Chromium does.
func registerRED(media *webrtc.MediaEngine) error {
	return media.RegisterCodec(webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mimeTypeRED, ClockRate: 48000, Channels: 2, SDPFmtpLine: "111/111"},
		PayloadType:        63,
	}, webrtc.RTPCodecTypeAudio)
}

// redundant is payload with the packet before it.
func (t *rawTrack) redundant(payload []byte) []byte {
	blocks := []red.Block{{PayloadType: t.payloadType, Data: payload}}
	if t.last != nil {
		blocks = append([]red.Block{{PayloadType: t.payloadType, Offset: 960, Data: t.last}}, blocks...)
	}
	t.last = payload
	return red.Append(nil, blocks...)
}

// takeRED takes a packet of redundant audio apart, as a decoder does.
func (r *Received) takeRED(payload []byte, ts uint32) {
	var array [red.MaxBlocks]red.Block
	blocks, err := red.Parse(&array, payload)
	r.mu.Lock()
	if err != nil {
		r.foreign++
		r.mu.Unlock()
		return
	}
	r.redundant++
	r.depth = len(blocks) - 1
	for _, b := range blocks[:len(blocks)-1] {
		if n, ok := numberOf(b.Data); ok && n >= r.low && r.packets > 0 {
			r.repaired[n] = true
		}
	}
	r.mu.Unlock()
	r.take(blocks[len(blocks)-1].Data, ts, false, false)
}
