package sfu

import (
	"slices"
	"strings"
)

// withoutRepeats drops payload types that an m-line of description names more than once, with their attributes; the first
// stays. Pion repeats one when a browser that answered first offers further H.264 profiles later, and a payload type
// means one thing only (RFC 8866, section 5.14).
func withoutRepeats(description string) string {
	lines := strings.SplitAfter(description, "\n")
	out := make([]string, 0, len(lines))
	seen, repeated := map[string]bool{}, ""
	for _, line := range lines {
		key, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		pt, _, _ := strings.Cut(value, " ")
		switch {
		case strings.HasPrefix(line, "m="):
			seen, repeated = map[string]bool{}, ""
			line = uniqueFormats(line)
		case key == "a=rtpmap":
			repeated = ""
			if seen[pt] {
				repeated = pt
				continue
			}
			seen[pt] = true
		case (key == "a=fmtp" || key == "a=rtcp-fb") && pt == repeated && repeated != "":
			continue
		}
		out = append(out, line)
	}
	return strings.Join(out, "")
}

// uniqueFormats drops what stands twice in the format list of an m-line.
func uniqueFormats(line string) string {
	end := line[len(strings.TrimRight(line, "\r\n")):]
	fields := strings.Fields(line)
	const before = 3 // media, port, protocol
	if len(fields) <= before {
		return line
	}
	kept := fields[:before:before]
	for _, f := range fields[before:] {
		if !slices.Contains(kept[before:], f) {
			kept = append(kept, f)
		}
	}
	return strings.Join(kept, " ") + end
}
