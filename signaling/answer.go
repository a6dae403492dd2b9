package signaling

import (
	"strings"

	"github.com/gotera/gotera/proto/signal"
)

// answer passes an answer on to the media. An offer that was sent again, after a resume or because its answer took so long, may be
// answered twice: the second answer is dropped, also when there is another offer by then; of a client that names no offer, if it does not
// fit that one.
func (c *conn) answer(m signal.Answer) error {
	if err := checkSDP(m.SDP); err != nil {
		return bad("answer: %v", err)
	}
	own := c.media
	c.room.mu.Lock()
	last := own.offer
	fits := m.ID == last.ID || m.ID == 0 && (!own.answered || mLines(m.SDP) == mLines(last.SDP))
	pending := own.open && fits
	if pending {
		own.open, own.answered = false, true
	}
	c.room.mu.Unlock()
	if last.SDP == "" {
		return bad("answer: there was no offer")
	}
	if !pending {
		return nil
	}
	return posted(own.conn.Answer(m.SDP))
}

// mLines is how many m-lines a description has: an answer as many as its offer (RFC 3264, section 6).
func mLines(description string) int { return strings.Count(description, "\nm=") }
