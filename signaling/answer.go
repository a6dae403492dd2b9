package signaling

import "github.com/gotera/gotera/proto/signal"

// answer passes an answer on to the media. After a resume the last offer was sent again, so it may be answered twice:
// the second answer is dropped.
func (c *conn) answer(m signal.Answer) error {
	if err := checkSDP(m.SDP); err != nil {
		return bad("answer: %v", err)
	}
	own := c.media
	c.room.mu.Lock()
	pending, ever := own.offer != nil, own.offered
	own.offer = nil
	c.room.mu.Unlock()
	if !ever {
		return bad("answer: there was no offer")
	}
	if !pending {
		return nil
	}
	return posted(own.conn.Answer(m.SDP))
}
