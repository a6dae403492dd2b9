package sfu

import (
	"slices"
	"strings"
)

// forSpeech makes a description of ours ask for what suits speech where it takes Opus: redundancy first, because a browser
// sends the codec that comes first; silence suppression and in-band FEC. Pion answers with the peer's own parameters, and
// with the peer's order.
func forSpeech(text string) string {
	lines := strings.Split(text, "\r\n")
	media := -1 // the m= line at hand, if it is of audio
	opus := ""
	for i, line := range lines {
		name := strings.ToLower(line)
		switch {
		case strings.HasPrefix(line, "m="):
			media, opus = -1, ""
			if strings.HasPrefix(line, "m="+KindAudio) {
				media = i
			}
		case media < 0:
		case strings.HasPrefix(line, "a=rtpmap:") && strings.Contains(name, " opus/"):
			opus = "a=fmtp:" + rtpmapFormat(line) + " "
		case strings.HasPrefix(line, "a=rtpmap:") && strings.Contains(name, " red/"):
			lines[media] = formatFirst(lines[media], rtpmapFormat(line))
		case opus != "" && strings.HasPrefix(line, opus):
			for _, want := range []string{"useinbandfec", "usedtx"} {
				if parameter(strings.TrimPrefix(line, opus), want) == "" {
					lines[i] += ";" + want + "=1"
				}
			}
		}
	}
	return strings.Join(lines, "\r\n")
}

// rtpmapFormat is the payload type of an rtpmap line.
func rtpmapFormat(line string) string {
	format, _, _ := strings.Cut(strings.TrimPrefix(line, "a=rtpmap:"), " ")
	return format
}

// formatFirst puts one of the formats of an m= line before the others.
func formatFirst(line, format string) string {
	const before = 3 // media, port, protocol
	fields := strings.Fields(line)
	if i := slices.Index(fields, format); i > before {
		fields = slices.Insert(slices.Delete(fields, i, i+1), before, format)
	}
	return strings.Join(fields, " ")
}
