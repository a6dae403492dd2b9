package sdpfrag

import (
	"net/netip"
	"slices"
	"strings"
)

// Credentials returns the first ICE username fragment and password of a description; "" if there is none.
func Credentials(description string) (ufrag, pwd string) {
	for _, line := range lines(description) {
		if v, ok := strings.CutPrefix(line, "a=ice-ufrag:"); ok && ufrag == "" {
			ufrag = v
		}
		if v, ok := strings.CutPrefix(line, "a=ice-pwd:"); ok && pwd == "" {
			pwd = v
		}
	}
	return ufrag, pwd
}

// Restarted is the offer with which a client that offered before would restart ICE as f says: all else stays, and it has
// the candidates of f only.
func (f Fragment) Restarted(offer string) string {
	var out []string
	for _, line := range lines(offer) {
		switch {
		case strings.HasPrefix(line, "a=ice-ufrag:"):
			line = "a=ice-ufrag:" + f.Ufrag
		case strings.HasPrefix(line, "a=ice-pwd:"):
			line = "a=ice-pwd:" + f.Pwd
		}
		out = append(out, line)
	}
	var own []string
	for _, c := range f.Candidates {
		own = append(own, withoutUfrag(c))
	}
	return text(withCandidates(out, own, f.End))
}

// withoutUfrag leaves out which ICE session a candidate says that it belongs to: after a restart it may still be the one of before.
func withoutUfrag(candidate string) string {
	fields := strings.Fields(candidate)
	if i := slices.Index(fields, "ufrag"); i > 0 && i+1 < len(fields) {
		fields = slices.Delete(fields, i, i+2)
	}
	return strings.Join(fields, " ")
}

// Complete is a description with these candidates ("candidate:...") and the word that there are no more.
func Complete(description string, candidates []string) string {
	return text(withCandidates(lines(description), candidates, true))
}

// Of is the fragment that tells of the ICE side of a whole description, with these candidates and no more to come.
func Of(description string, candidates []string) string {
	ufrag, pwd := Credentials(description)
	var out, section []string
	for _, line := range lines(description) {
		switch {
		case strings.HasPrefix(line, "m=") && section != nil: // the second
		case strings.HasPrefix(line, "m="):
			section = append(section, line)
		case section == nil && hasKey(line, "ice-lite", "ice-options", "ice-pacing", "group"):
			out = append(out, line)
		case len(section) == 1 && hasKey(line, "mid"):
			section = append(section, line)
		}
	}
	out = append(out, section...)
	return text(withCandidates(append(out, "a=ice-ufrag:"+ufrag, "a=ice-pwd:"+pwd), candidates, true))
}

// Order puts candidates first that most clients can use: some, such as FFmpeg 8, take the first of UDP and no other.
func Order(candidates []string) {
	rank := func(candidate string) int {
		fields := strings.Fields(candidate)
		if len(fields) < 6 {
			return 9
		}
		r := 0
		if !strings.EqualFold(fields[2], "udp") {
			r = 4
		}
		ip, err := netip.ParseAddr(fields[4])
		switch {
		case err != nil:
			r += 3
		case ip.IsLinkLocalUnicast():
			r += 2
		case ip.Is6():
			r++
		}
		return r
	}
	slices.SortStableFunc(candidates, func(a, b string) int { return rank(a) - rank(b) })
}

// Roles of DTLS in a description (RFC 8842).
const (
	passive = "a=setup:passive"
	active  = "a=setup:active"
)

// Setup makes answer say that the answering side begins the DTLS handshake if the offer says that the offering side does not.
func Setup(answer, offer string) string {
	if !slices.Contains(lines(offer), passive) {
		return answer
	}
	return strings.ReplaceAll(answer, passive+"\r\n", active+"\r\n")
}

// withCandidates puts candidates at the end of the first m-line that is not rejected, in place of all that are there: that
// is the one that a bundle is about (RFC 9143, section 7.1.3).
func withCandidates(in, candidates []string, end bool) []string {
	in = slices.DeleteFunc(slices.Clone(in), func(line string) bool { return hasKey(line, "candidate", "end-of-candidates") })
	from := len(in)
	for i, line := range in {
		if strings.HasPrefix(line, "m=") && !rejected(in[i:]) {
			from = i + 1
			break
		}
	}
	at := from
	for at < len(in) && !strings.HasPrefix(in[at], "m=") {
		at++
	}
	var own []string
	for _, c := range candidates {
		own = append(own, "a="+c)
	}
	if end {
		own = append(own, "a=end-of-candidates")
	}
	return slices.Insert(in, at, own...)
}

// rejected reports whether the m-line that lines begin with has port 0, and is not in a bundle all the same (RFC 9143,
// section 6).
func rejected(in []string) bool {
	fields := strings.Fields(in[0])
	if len(fields) < 2 || fields[1] != "0" {
		return false
	}
	for _, line := range in[1:] {
		if strings.HasPrefix(line, "m=") {
			break
		}
		if line == "a=bundle-only" {
			return false
		}
	}
	return true
}

func hasKey(line string, keys ...string) bool {
	attribute, ok := strings.CutPrefix(line, "a=")
	key, _, _ := strings.Cut(attribute, ":")
	return ok && slices.Contains(keys, key)
}

func text(in []string) string { return strings.Join(in, "\r\n") + "\r\n" }
