package signaling

import (
	"encoding/json"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// state keeps the peer's own object and shows it to the others.
func (c *conn) state(m signal.State) error {
	r, p := c.room, c.peer
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.gone {
		return nil
	}
	p.state = m.State
	p.tellMutedLocked()
	r.othersLocked(p, signal.PeerUpdate{Peer: p.viewLocked()})
	return nil
}

// switches are the fields of a peer's state that say whether it means to send something.
var switches = map[string]sfu.SourceKind{
	"microphone": {Source: signal.SourceCamera, Kind: signal.KindAudio},
	"camera":     {Source: signal.SourceCamera, Kind: signal.KindVideo},
	"camera2":    {Source: signal.SourceCamera2, Kind: signal.KindVideo},
	"screen":     {Source: signal.SourceScreen, Kind: signal.KindVideo},
}

// tellMutedLocked tells the media what the peer's state calls off (false): that it sends nothing of these is no fault.
func (p *peer) tellMutedLocked() {
	conn := p.mediaPeerLocked()
	if conn == nil {
		return // it is being made
	}
	var fields map[string]any
	if json.Unmarshal(p.state, &fields) != nil {
		return
	}
	off := []sfu.SourceKind{}
	for name, source := range switches {
		if on, is := fields[name].(bool); is && !on {
			off = append(off, source)
		}
	}
	conn.SetMuted(off)
}
