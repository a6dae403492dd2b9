// Package keyframe finds the first packet of keyframes in RTP payloads and decides when one is asked for. What the
// payloads say is read in the packages of the codecs.
package keyframe

import (
	"github.com/gotera/gotera/sfu/av1"
	"github.com/gotera/gotera/sfu/h264"
	"github.com/gotera/gotera/sfu/vp8"
	"github.com/gotera/gotera/sfu/vp9"
)

// VP8 reports whether an RTP payload begins a VP8 keyframe.
func VP8(b []byte) bool { return vp8.Keyframe(b) }

// H264 reports whether an RTP payload begins an H.264 keyframe: parameter sets, or an IDR picture.
func H264(b []byte) bool { return h264.Keyframe(b) }

// VP9 reports whether an RTP payload begins a VP9 keyframe, in its lowest spatial layer.
func VP9(b []byte) bool { return vp9.Keyframe(b) }

// AV1 reports whether an RTP payload begins a new coded video sequence.
func AV1(b []byte) bool { return av1.Keyframe(b) }
