package signaling

import "github.com/gotera/gotera/proto/signal"

// teller is how somebody who holds a key is told what happens: a websocket of our protocol (conn), or what stands in its
// place for a client that speaks another one. Its methods are called with room.mu held, and do not block.
type teller interface {
	// tell passes m on; raw is m encoded. What does not concern such a client is dropped.
	tell(m signal.ServerMessage, raw []byte)
	// end says goodbye and closes, soon. Only the first ending counts.
	end(e ending)
	// holder is whose key it is.
	holder() identity
	// finished is closed when nothing of it is left.
	finished() <-chan struct{}
}

func (c *conn) tell(_ signal.ServerMessage, raw []byte) { c.queue.push(raw) }
func (c *conn) holder() identity                        { return c.who }
func (c *conn) finished() <-chan struct{}               { return c.done }
