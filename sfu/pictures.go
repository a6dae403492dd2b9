package sfu

import (
	"slices"
	"strings"

	"github.com/gotera/gotera/sfu/dependency"
)

// forPictures leaves the dependency descriptor out of those m-lines of a description of ours on which the peer will send a
// codec that tells its temporal layers itself, VP8 as a rule. Where the descriptor is taken, Chromium keeps them out of
// VP8's own payload descriptor, and a subscriber that does not take it, or is sent another layer, could be told of none.
func forPictures(text string) string {
	return eachSection(text, KindVideo, func(s string) string {
		lines := strings.Split(s, "\r\n")
		if !takes(s) || !describesItself(lines) {
			return s
		}
		return strings.Join(slices.DeleteFunc(lines, func(line string) bool {
			return strings.HasPrefix(line, "a=extmap:") && strings.HasSuffix(line, " "+dependency.URI)
		}), "\r\n")
	})
}

// describesItself reports whether the first codec of an m-line, which is the one that is sent, is one of those.
func describesItself(lines []string) bool {
	const before = 3 // media, port, protocol
	fields := strings.Fields(lines[0])
	if len(fields) <= before {
		return false
	}
	for _, line := range lines {
		if name, ok := strings.CutPrefix(strings.ToLower(line), "a=rtpmap:"+fields[before]+" "); ok {
			return strings.HasPrefix(name, "vp8/") || strings.HasPrefix(name, "h264/")
		}
	}
	return false
}

// eachSection changes the m-lines of one kind; change is given and returns one without its m=.
func eachSection(text, kind string, change func(string) string) string {
	sections := strings.SplitAfter(text, "\r\nm=")
	for i, s := range sections[1:] {
		if strings.HasPrefix(s, kind+" ") {
			sections[i+1] = change(s)
		}
	}
	return strings.Join(sections, "")
}

// takes reports whether an m-line of a description of ours takes what the peer sends.
func takes(section string) bool {
	return strings.Contains(section, "\r\na=recvonly\r\n") || strings.Contains(section, "\r\na=sendrecv\r\n")
}
