package sfu

import "testing"

func TestWithoutRepeats(t *testing.T) {
	const repeated = "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 125 107 125 107\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\n" +
		"a=rtpmap:125 H264/90000\r\na=fmtp:125 packetization-mode=1\r\na=rtcp-fb:125 nack\r\na=rtpmap:107 rtx/90000\r\na=fmtp:107 apt=125\r\n" +
		"a=rtpmap:125 H264/90000\r\na=fmtp:125 packetization-mode=0\r\na=rtcp-fb:125 nack\r\na=rtpmap:107 rtx/90000\r\na=fmtp:107 apt=125\r\n" +
		"a=recvonly\r\nm=video 9 UDP/TLS/RTP/SAVPF 125\r\na=mid:2\r\na=rtpmap:125 H264/90000\r\na=fmtp:125 packetization-mode=1\r\n"
	const want = "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 125 107\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\n" +
		"a=rtpmap:125 H264/90000\r\na=fmtp:125 packetization-mode=1\r\na=rtcp-fb:125 nack\r\na=rtpmap:107 rtx/90000\r\na=fmtp:107 apt=125\r\n" +
		"a=recvonly\r\nm=video 9 UDP/TLS/RTP/SAVPF 125\r\na=mid:2\r\na=rtpmap:125 H264/90000\r\na=fmtp:125 packetization-mode=1\r\n"
	if got := withoutRepeats(repeated); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := withoutRepeats(want); got != want {
		t.Errorf("a description without repeats changed:\n%s", got)
	}
	for _, odd := range []string{"", "m=", "m=video\r\n", "a=rtpmap:\r\na=rtpmap:\r\na=fmtp:", "a=rtpmap"} {
		withoutRepeats(odd) // must not panic
	}
}
