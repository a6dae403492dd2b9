package signaling

import (
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// view passes on the sizes at which the peer shows what it receives: the choice of layers is made from them.
func (c *conn) view(m signal.View) error {
	views := make(map[string]sfu.View, len(m.Tracks))
	for _, t := range m.Tracks {
		views[t.Track] = sfu.View{Width: t.Width, Height: t.Height, Pinned: t.Pinned}
	}
	c.media.conn.SetViews(views)
	return nil
}
