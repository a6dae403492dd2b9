package sfu

import (
	"strings"
	"testing"
)

func TestPublishersBeginWithMore(t *testing.T) {
	lines := func(l ...string) string { return strings.Join(l, "\r\n") + "\r\n" }
	audio := lines("m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=rtpmap:111 opus/48000/2", "a=recvonly")
	got := forStart(lines("v=0") + audio + lines("m=video 9 UDP/TLS/RTP/SAVPF 96 97 125",
		"a=rtpmap:96 VP8/90000", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96",
		"a=rtpmap:125 H264/90000", "a=fmtp:125 packetization-mode=1", "a=recvonly"))
	want := lines("v=0") + audio + lines("m=video 9 UDP/TLS/RTP/SAVPF 96 97 125",
		"a=rtpmap:96 VP8/90000", "a=fmtp:96 x-google-start-bitrate=600", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96",
		"a=rtpmap:125 H264/90000", "a=fmtp:125 packetization-mode=1;x-google-start-bitrate=600", "a=recvonly")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	ours := lines("v=0", "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=rtpmap:96 VP8/90000", "a=sendonly")
	if got := forStart(ours); got != ours {
		t.Errorf("what we send is changed: %s", got)
	}
}
