package signaling

import "github.com/gotera/gotera/proto/signal"

// answer passes an answer on to the media. An offer that was sent again, after a resume or because its answer took so long, may be
// answered twice: the second answer is dropped, also when there is another offer by then.
func (c *conn) answer(m signal.Answer) error {
	if err := checkSDP(m.SDP); err != nil {
		return bad("answer: %v", err)
	}
	own := c.media
	c.room.mu.Lock()
	last := own.offer
	pending := own.open && (m.ID == 0 || m.ID == last.ID)
	if pending {
		own.open = false
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
