package signaling

import (
	"context"
	"encoding/json"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// maxLetters is how many frames wait to be put into the channels of one robot, where they have queues of their own.
const maxLetters = 256

// channelWait is how long a frame waits for the client to open its channel: what another client sends as soon as its own is open
// would be lost, which a channel between the two does not do.
const channelWait = 2 * time.Second

// letter is a data channel frame and the connection on which it goes.
type letter struct {
	to    letterbox
	frame sfu.Frame
	until time.Time
}

// letterbox is a connection of the robot's: an sfu.Peer.
type letterbox interface{ Send(sfu.Frame) error }

// addressed is a message to one peer alone.
type addressed struct{ signal.ServerText }

// Message passes a frame of the client's channel with a virtual client on, to the one whom that stands for: text as a
// message whose topic is the group, bytes as a binary frame (sfu.Handler). What is too much, or too large, is dropped:
// the protocol has no way to say so.
func (c *call) Message(f sfu.Frame) {
	b := c.robot
	p := b.peer
	if len(f.Data) > signal.MaxFrame || !p.frames.Allow() {
		return
	}
	for _, to := range b.room.addressees(p, string(c.peer)) {
		if o := to.robot(); o != nil { // as it is
			o.post(p.id, f)
			continue
		}
		if f.Text {
			p.deliver(to, signal.ServerText{From: string(p.id), Topic: b.group, Data: jsonOf(f.Data)}, f)
			continue
		}
		raw, err := signal.EncodeBinary(string(p.id), f.Data)
		if err == nil && len(raw) <= signal.MaxFrame {
			f.Data, f.Label = raw, signal.ChannelReliable
			p.forward(to, f) //nolint:errcheck // who has no channel cannot be told bytes
		}
	}
}

// deliver sends m on the data channel, and by websocket to whom has none, or when it is too large for it.
func (p *peer) deliver(to *peer, m signal.ServerText, f sfu.Frame) {
	raw, err := signal.EncodeText(m)
	if err != nil {
		return // not UTF-8
	}
	f.Data, f.Label = raw, signal.ChannelReliable
	if len(raw) > signal.MaxFrame || errors.Is(p.forward(to, f), sfu.ErrNoChannel) {
		to.send(addressed{m})
	}
}

// jsonOf is text as JSON: itself when it is that, else a string.
func jsonOf(text []byte) json.RawMessage {
	if json.Valid(text) && utf8.Valid(text) {
		return text
	}
	raw, err := json.Marshal(string(text)) // what is no UTF-8 is replaced
	if err != nil {
		panic(err) // a string
	}
	return raw
}

// textOf undoes jsonOf.
func textOf(data json.RawMessage) []byte {
	var text string
	if json.Unmarshal(data, &text) == nil {
		return []byte(text)
	}
	return data
}

// takeLocked sends a message of another peer to the client, on its channel with that peer. Without one it is lost.
func (b *robotConn) takeLocked(m signal.ServerText) {
	b.postLocked(sfu.PeerID(m.From), sfu.Frame{Text: true, Data: textOf(m.Data)})
}

// carry is takeLocked for a binary frame, as it would have gone to a peer of our own protocol.
func (b *robotConn) carry(f sfu.Frame) error {
	from, payload, err := signal.DecodeBinary(f.Data)
	if f.Text || err != nil {
		return sfu.ErrNoChannel
	}
	f.Data = payload
	b.post(sfu.PeerID(from), f)
	return nil
}

func (b *robotConn) post(from sfu.PeerID, f sfu.Frame) {
	b.room.mu.Lock()
	defer b.room.mu.Unlock()
	b.postLocked(from, f)
}

func (b *robotConn) postLocked(from sfu.PeerID, f sfu.Frame) {
	rem := b.remotes[remoteKey{from, signal.SourceCamera}]
	if rem == nil || rem.call == nil || rem.call.media == nil {
		return
	}
	f.Label = b.group
	if f.At.IsZero() {
		f.At = time.Now()
	}
	select {
	case b.letters <- letter{rem.call.media, f, f.At.Add(channelWait)}:
	default:
		b.log.Debug("message to a robot dropped: too many wait", "peer", b.peer.id)
	}
}

// letterLoop puts the frames into the channels.
func (b *robotConn) letterLoop(ctx context.Context) error {
	var waiting []letter
	for {
		var again <-chan time.Time
		if len(waiting) > 0 {
			again = time.After(20 * time.Millisecond)
		}
		select {
		case l := <-b.letters:
			if len(waiting) == maxLetters {
				waiting = waiting[1:]
			}
			waiting = delivered(append(waiting, l))
		case <-again:
			waiting = delivered(waiting)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// delivered puts letters into their channels, in order, and returns those whose channel is not open yet.
func delivered(letters []letter) (rest []letter) {
	closed := map[letterbox]bool{}
	for _, l := range letters {
		if !closed[l.to] {
			err := l.to.Send(l.frame)
			if !errors.Is(err, sfu.ErrNoChannel) {
				continue
			}
			closed[l.to] = true
		}
		if time.Now().Before(l.until) {
			rest = append(rest, l)
		}
	}
	return rest
}
