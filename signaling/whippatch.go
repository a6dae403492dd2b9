package signaling

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/signaling/sdpfrag"
)

// maxFragment bounds the body of a PATCH, in bytes.
const maxFragment = 64 << 10

// patch takes candidates of the client, or restarts ICE (RFC 9725, section 4.3). PATCH requests of one resource take turns, and
// the ETag counts that there is when it is their turn: of two that race, the second is of an ICE session of before.
func (c *whipPeer) patch(w http.ResponseWriter, req *http.Request) {
	fragment, match, err := c.readPatch(w, req)
	if err == nil {
		err = c.take(req.Context())
	}
	var restarted *iceSide
	if err == nil {
		restarted, err = c.apply(req.Context(), fragment, match)
		c.give()
	}
	switch {
	case err != nil:
		refusalOf(err).refuse(w)
	case restarted == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Content-Type", typeSDPFrag)
		w.Header().Set("ETag", restarted.etag)
		io.WriteString(w, restarted.fragment) //nolint:errcheck // it will try again
	}
}

// iceSide is the room's side of an ICE session, as a client that restarted ICE is told it.
type iceSide struct{ etag, fragment string }

// apply does what a fragment says. It returns the room's side when that has restarted ICE. Its error is a refusal.
func (c *whipPeer) apply(ctx context.Context, f sdpfrag.Fragment, match []string) (*iceSide, error) {
	same, known := c.session(f)
	switch {
	case c.ended():
		return nil, refusal{status: http.StatusNotFound, text: "the session has ended"}
	case same && c.unheard != nil: // who restarted ICE has not got the answer, and asks again
		again := c.unheard
		if ctx.Err() == nil {
			c.unheard = nil
		}
		return again, nil
	case !matches(match, c.tag()), known:
		return nil, refusal{status: http.StatusPreconditionFailed, text: "ICE was restarted since"}
	case f.Ufrag == "" || same:
		return nil, c.trickle(f)
	}
	return c.restart(ctx, f)
}

// session reports whether f is of the ICE session that goes on, or of one before. A fragment without credentials is neither.
func (c *whipPeer) session(f sdpfrag.Fragment) (same, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ufrag, pwd := sdpfrag.Credentials(c.offer)
	same = f.Ufrag != "" && f.Ufrag == ufrag && f.Pwd == pwd
	return same, !same && slices.Contains(c.past, f.Ufrag)
}

// ended reports whether the client's media has ended, or is about to.
func (c *whipPeer) ended() bool {
	select {
	case <-c.done:
		return true
	case <-c.failed:
		return true
	default:
		return false
	}
}

// readPatch reads a PATCH request, with its If-Match. Its error is a refusal.
func (c *whipPeer) readPatch(w http.ResponseWriter, req *http.Request) (f sdpfrag.Fragment, match []string, err error) {
	if !c.patches.Allow() {
		return f, nil, refusal{http.StatusTooManyRequests, 2, "too many requests"}
	}
	body, err := readBody(w, req, typeSDPFrag, "Accept-Patch", maxFragment)
	if err != nil {
		return f, nil, err
	}
	if f, err = sdpfrag.Parse(body); err != nil {
		return f, nil, refusal{status: http.StatusBadRequest, text: err.Error()}
	}
	if match = req.Header.Values("If-Match"); len(match) == 0 {
		err = refusal{status: http.StatusPreconditionRequired, text: "If-Match should name the ETag of the ICE session, or be * to restart ICE"}
	}
	return f, match, err
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

// maxPast is how many username fragments of ICE sessions that were replaced are remembered. A request that was held up on its
// way may still be of one of them.
const maxPast = 16

// restart restarts ICE as f says. It goes on without a client that does not wait for the answer: the media would be of another
// ICE session than is known here.
func (c *whipPeer) restart(ctx context.Context, f sdpfrag.Fragment) (*iceSide, error) {
	if !c.peer.offers.Allow() {
		return nil, refusal{http.StatusTooManyRequests, 2, "too many restarts of ICE"}
	}
	c.mu.Lock()
	offer := f.Restarted(c.offer)
	before, _ := sdpfrag.Credentials(c.offer)
	c.mu.Unlock()
	answer, candidates, err := c.exchange(context.WithoutCancel(ctx), offer)
	if errors.Is(err, errNoAnswer) {
		c.room.remove(endMedia, c.peer) // nobody knows in which ICE session it is
	}
	if err != nil {
		return nil, err
	}
	side := &iceSide{newTag(), sdpfrag.Of(answer, candidates)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.etag, c.unheard = side.etag, nil
	c.past = append(c.past, before)
	if len(c.past) > maxPast {
		c.past = c.past[1:]
	}
	if ctx.Err() != nil {
		c.unheard = side
	}
	return side, nil
}
