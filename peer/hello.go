package peer

import (
	"net/url"
	"strings"

	"github.com/gotera/gotera/proto/signal"
)

// hello is the join with which the peer comes, or comes back.
func (p *Peer) hello() signal.Join {
	l := &p.loop
	return signal.Join{
		Protocol: signal.Version, Name: p.opts.Name, UUID: p.opts.UUID, Resume: l.resume, Fresh: l.fresh && l.resume != "",
		State: p.state(),
	}
}

// address is that of the websocket, with the join in it: the room lets the peer in a round trip earlier than by the message, which
// follows for rooms that do not look there. Names and tokens do not belong into an address: a peer with a name of its own
// waits for the message, and of the token there is only the peer's id.
func (p *Peer) address() string {
	m := p.hello()
	m.Resume, _, _ = strings.Cut(m.Resume, ".")
	m.Fresh = false
	raw, err := signal.EncodeClient(m)
	if err != nil || len(raw) > maxHello || m.Name != "" || m.UUID != "" {
		return p.url
	}
	return p.url + "&" + url.Values{signal.EarlyJoin: {string(raw)}}.Encode()
}

// maxHello is how many bytes of join an address has room for: proxies take lines of 8 KiB.
const maxHello = 1000
