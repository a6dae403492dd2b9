package signaling

import (
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/signaling/sdpfrag"
)

// maxFragment bounds the body of a PATCH, in bytes.
const maxFragment = 64 << 10

// patch takes candidates of the client, or restarts ICE (RFC 9725, section 4.3).
func (c *whipPeer) patch(w http.ResponseWriter, req *http.Request) {
	fragment, err := c.readPatch(w, req)
	if err == nil && !c.restarts(fragment) {
		if err = c.trickle(fragment); err == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	var answer string
	if err == nil {
		answer, err = c.restart(req, fragment)
	}
	if err != nil {
		refusalOf(err).refuse(w)
		return
	}
	w.Header().Set("Content-Type", typeSDPFrag)
	w.Header().Set("ETag", c.tag())
	io.WriteString(w, answer) //nolint:errcheck // it will try again
}

// readPatch checks a PATCH request. Its error is a refusal.
func (c *whipPeer) readPatch(w http.ResponseWriter, req *http.Request) (sdpfrag.Fragment, error) {
	if !c.patches.Allow() {
		return sdpfrag.Fragment{}, refusal{http.StatusTooManyRequests, 2, "too many requests"}
	}
	body, err := readBody(w, req, typeSDPFrag, "Accept-Patch", maxFragment)
	if err != nil {
		return sdpfrag.Fragment{}, err
	}
	fragment, err := sdpfrag.Parse(body)
	if err != nil {
		return fragment, refusal{status: http.StatusBadRequest, text: err.Error()}
	}
	match := req.Header.Values("If-Match")
	switch {
	case len(match) == 0:
		return fragment, refusal{status: http.StatusPreconditionRequired, text: "If-Match should name the ETag of the ICE session, or be * to restart ICE"}
	case !matches(match, c.tag()):
		return fragment, refusal{status: http.StatusPreconditionFailed, text: "ICE was restarted since that ETag"}
	}
	return fragment, nil
}

// matches compares as If-Match does, strongly (RFC 9110, section 13.1.1). RFC 9725 has the star in quotes in an example.
func matches(headers []string, etag string) bool {
	for _, header := range headers {
		for tag := range strings.SplitSeq(header, ",") {
			if slices.Contains([]string{etag, "*", `"*"`}, strings.TrimSpace(tag)) {
				return true
			}
		}
	}
	return false
}

// restarts reports whether f is of another ICE session than the one that goes on.
func (c *whipPeer) restarts(f sdpfrag.Fragment) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	ufrag, pwd := sdpfrag.Credentials(c.offer)
	return f.Ufrag != "" && (f.Ufrag != ufrag || f.Pwd != pwd)
}

// trickle adds the client's candidates. The end of them needs no action.
func (c *whipPeer) trickle(f sdpfrag.Fragment) error {
	line := uint16(0) // of the one bundle
	for _, text := range f.Candidates {
		err := posted(c.media.Candidate(webrtc.ICECandidateInit{Candidate: text, SDPMLineIndex: &line}))
		if err != nil {
			return refusal{http.StatusTooManyRequests, 1, "too many candidates"}
		}
	}
	return nil
}

// restart restarts ICE as f says and returns the fragment with the room's side.
func (c *whipPeer) restart(req *http.Request, f sdpfrag.Fragment) (string, error) {
	if !c.peer.offers.Allow() {
		return "", refusal{http.StatusTooManyRequests, 2, "too many restarts of ICE"}
	}
	c.mu.Lock()
	offer := f.Restarted(c.offer)
	c.mu.Unlock()
	answer, candidates, err := c.exchange(req.Context(), offer)
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.etag = newTag()
	return sdpfrag.Of(answer, candidates), nil
}
