package way

import (
	"bytes"
	"fmt"
	"net"
	"regexp"
)

var (
	inDescription = regexp.MustCompile(`a=candidate:[^\\]*\\r\\n`)
	isCandidate   = []byte(`"type":"candidate"`)
	isAddress     = []byte(" typ ")
	kept          = []byte(" kept ") // in place of udp, until all others are gone
)

// loses reports whether a candidate is one of those to be lost.
func (w *Way) loses(b []byte) bool {
	return bytes.Contains(b, isCandidate) && bytes.Contains(b, isAddress) && w.lose.Add(-1) >= 0
}

// withoutAddresses is a message of the client without its addresses; empty: it was nothing else.
func (w *Way) withoutAddresses(b []byte) []byte {
	if bytes.Contains(b, isCandidate) && bytes.Contains(b, isAddress) {
		return nil
	}
	return inDescription.ReplaceAll(b, nil)
}

// onlyOurs is a message of the room with the way's address in place of the room's, and no other; empty: it is not passed on.
func (w *Way) onlyOurs(b []byte) []byte {
	if w.loses(b) {
		return nil
	}
	host, port, _ := net.SplitHostPort(w.media.server.String())
	udp := regexp.MustCompile(` udp (\d+) ` + regexp.QuoteMeta(host) + ` ` + port + ` typ`)
	out := udp.ReplaceAll(b, fmt.Appendf(nil, "%s$1 %s %d typ", kept, host, w.media.port()))
	if bytes.Contains(out, isCandidate) && bytes.Contains(out, isAddress) && !bytes.Contains(out, kept) {
		return nil
	}
	out = inDescription.ReplaceAllFunc(out, func(line []byte) []byte {
		if bytes.Contains(line, kept) {
			return line
		}
		return nil
	})
	return bytes.ReplaceAll(out, kept, []byte(" udp "))
}
