// Package opus reads what the first bytes of an Opus packet tell (RFC 6716, section 3.1), without decoding it.
package opus

// Rate is the clock rate of Opus in RTP, in Hz, whatever the coder's own (RFC 7587, section 4.1).
const Rate = 48000

// maxSamples is the longest packet: 120 ms.
const maxSamples = 120 * Rate / 1000

// Samples is the duration of a packet in samples at Rate, 0 when payload is not an Opus packet.
func Samples(payload []byte) int {
	if len(payload) == 0 {
		return 0
	}
	toc := payload[0]
	frames := 1
	switch toc & 3 {
	case 1, 2:
		frames = 2
	case 3:
		if len(payload) < 2 {
			return 0
		}
		frames = int(payload[1] & 0x3f)
	}
	n := frames * frame(toc>>3)
	if n > maxSamples {
		return 0
	}
	return n
}

// frame is the duration of a frame of a configuration, in samples.
func frame(config byte) int {
	const ms = Rate / 1000
	switch {
	case config < 12: // SILK
		return [4]int{10 * ms, 20 * ms, 40 * ms, 60 * ms}[config&3]
	case config < 16: // hybrid
		return [2]int{10 * ms, 20 * ms}[config&1]
	default: // CELT
		return [4]int{5 * ms / 2, 5 * ms, 10 * ms, 20 * ms}[config&3]
	}
}
