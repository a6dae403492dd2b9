package sfu

import (
	"slices"
	"strings"
)

// forSpeech makes a description of ours ask for what suits speech where it takes Opus: redundancy first, because a browser
// sends the codec that comes first; silence suppression and in-band FEC. Pion answers with the peer's own parameters, and
// with the peer's order. Chromium does not offer to retransmit audio, but does it for who asks for it in an answer: we do
// where it offers redundancy, which nobody else does.
func forSpeech(text string) string {
	return eachSection(text, KindAudio, speechSection)
}

// speechSection is forSpeech for one m-line of audio, without its m=.
func speechSection(s string) string {
	lines := strings.Split(s, "\r\n")
	opus, red := "", ""
	for _, line := range lines {
		switch name := strings.ToLower(line); {
		case !strings.HasPrefix(line, "a=rtpmap:"):
		case strings.Contains(name, " opus/"):
			opus = rtpmapFormat(line)
		case strings.Contains(name, " red/"):
			red = rtpmapFormat(line)
		}
	}
	if opus == "" {
		return s
	}
	nack := "a=rtcp-fb:" + opus + " nack"
	for i, line := range lines {
		fmtp, ok := strings.CutPrefix(line, "a=fmtp:"+opus+" ")
		if !ok {
			continue
		}
		for _, want := range []string{"useinbandfec", "usedtx"} {
			if parameter(fmtp, want) == "" {
				lines[i] += ";" + want + "=1"
			}
		}
		if red != "" && !slices.Contains(lines, nack) {
			lines[i] += "\r\n" + nack
		}
	}
	if red != "" {
		lines[0] = formatFirst(lines[0], red)
	}
	return strings.Join(lines, "\r\n")
}

// rtpmapFormat is the payload type of an rtpmap line.
func rtpmapFormat(line string) string {
	format, _, _ := strings.Cut(strings.TrimPrefix(line, "a=rtpmap:"), " ")
	return format
}

// formatFirst puts one of the formats of an m-line, without its m=, before the others.
func formatFirst(line, format string) string {
	const before = 3 // media, port, protocol
	fields := strings.Fields(line)
	if i := slices.Index(fields, format); i > before {
		fields = slices.Insert(slices.Delete(fields, i, i+1), before, format)
	}
	return strings.Join(fields, " ")
}
