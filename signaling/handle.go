package signaling

import "github.com/gotera/gotera/proto/signal"

// handle is the table of the protocol's messages: each leads to a file of the same name. It runs on the reading
// goroutine of the websocket and must not wait. An error is an ending of the websocket and its peer.
func (c *conn) handle(m signal.ClientMessage) error {
	switch m := m.(type) {
	case signal.Join:
		return c.join(m)
	case signal.ClientOffer:
		return c.offer(m)
	case signal.Answer:
		return c.answer(m)
	case signal.Candidate:
		return c.candidate(m)
	case signal.State:
		return c.state(m)
	case signal.ClientText:
		return c.message(m)
	case signal.ClientMute:
		return c.mute(m)
	case signal.Request:
		return c.request(m)
	case signal.View:
		return c.view(m)
	case signal.ClientQuality:
		return c.quality(m)
	case signal.Renew:
		return c.renew(m)
	case signal.Leave:
		return c.leave(m)
	case signal.Ping:
		return c.ping(m)
	case signal.Pong:
		return nil // being heard is all it is for
	}
	return bad("message cannot be handled")
}
