package signaling

import "github.com/gotera/gotera/proto/signal"

var pong = encode(signal.Pong{})

// ping answers a page that doubts whether its websocket still lives.
func (c *conn) ping(signal.Ping) error {
	c.queue.push(pong)
	return nil
}
