package sfu

import (
	"strconv"
	"strings"
)

// startBitrate is what a publisher's encoders may begin with, kbit/s. Chromium begins with 300 and tries three and six times as
// as much; its larger layers then wait for ten seconds on the best of networks.
const startBitrate = 600

// forStart tells Chromium to begin with startBitrate where a description of ours takes what the peer sends: as a parameter of
// each codec, in the form that libwebrtc reads (x-google-start-bitrate).
func forStart(text string) string {
	return eachSection(text, KindVideo, func(s string) string {
		if !takes(s) {
			return s
		}
		lines := strings.Split(s, "\r\n")
		const hint = "x-google-start-bitrate="
		parameter := hint + strconv.Itoa(startBitrate)
		for i, line := range lines {
			name := strings.ToLower(line)
			if !strings.HasPrefix(line, "a=rtpmap:") || strings.Contains(name, " rtx/") {
				continue
			}
			own := "a=fmtp:" + rtpmapFormat(line) + " "
			found := false
			for j := range lines {
				if strings.HasPrefix(lines[j], own) {
					lines[j] += ";" + parameter
					found = true
				}
			}
			if !found {
				lines[i] += "\r\n" + own + parameter
			}
		}
		return strings.Join(lines, "\r\n")
	})
}
