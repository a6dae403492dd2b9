package peer

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gotera/gotera/proto/signal"
)

// printer writes what happens, as text for people or as JSON lines. It never holds up the peer: when standard output does
// not take lines, they are dropped.
type printer struct {
	out   io.Writer
	json  bool
	lines chan []byte
	done  chan struct{}

	mu    sync.Mutex
	names map[string]string // of peers, by id
}

// maxLines is how many lines wait for standard output.
const maxLines = 1024

func newPrinter(out io.Writer, asJSON bool) *printer {
	p := &printer{out: out, json: asJSON, lines: make(chan []byte, maxLines), done: make(chan struct{}), names: map[string]string{}}
	go func() {
		defer close(p.done)
		for line := range p.lines {
			p.out.Write(line) //nolint:errcheck // nobody reads any more
		}
	}()
	return p
}

// close waits until everything is written, for a moment.
func (p *printer) close() {
	close(p.lines)
	limit := time.NewTimer(2 * time.Second)
	defer limit.Stop()
	select {
	case <-p.done:
	case <-limit.C:
	}
}

// event is one JSON line; which fields are set depends on Type.
type event struct {
	Type    string          `json:"type"` // online, offline, invited, joined, health, peer, left, message, delivery, mute, stats, error, final
	Time    time.Time       `json:"time"`
	ID      string          `json:"id,omitempty"`
	Resumed bool            `json:"resumed,omitempty"`
	Peer    *signal.Peer    `json:"peer,omitempty"`
	From    string          `json:"from,omitempty"`
	Topic   string          `json:"topic,omitempty"`
	Channel string          `json:"channel,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
	Binary  []byte          `json:"binary,omitempty"` // base64
	Kind    string          `json:"kind,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	Tracks  []TrackStats    `json:"tracks,omitempty"`

	To []signal.DeliveryCount `json:"to,omitempty"`

	Signaling *bool `json:"signaling,omitempty"` // of health
	Media     *bool `json:"media,omitempty"`
}

func (p *printer) print(e event, text string) {
	line := []byte(text + "\n")
	if p.json {
		e.Time = time.Now().UTC()
		raw, err := json.Marshal(e)
		if err != nil {
			return // cannot be: all of it came as JSON
		}
		line = append(raw, '\n')
	} else if text == "" {
		return
	}
	select {
	case p.lines <- line:
	default:
	}
}

// hear makes o report to the printer. company is called when somebody else is there.
func (p *printer) hear(o *Options, company func()) {
	o.OnConnect = func(resumed bool) {
		p.print(event{Type: "joined", Resumed: resumed}, "joined the session")
	}
	flowed := false
	o.OnHealth = func(h Health) {
		text := ""
		if flows := h.Signaling && h.Media; flows != flowed {
			text = map[bool]string{true: "media flows", false: "media is interrupted"}[flows]
			flowed = flows
		}
		p.print(event{Type: "health", Signaling: &h.Signaling, Media: &h.Media}, text)
	}
	o.OnPeer = func(peer signal.Peer) {
		p.mu.Lock()
		_, known := p.names[peer.ID]
		p.names[peer.ID] = peer.Name
		p.mu.Unlock()
		text := ""
		if !known {
			text = fmt.Sprintf("%s %s is here", peer.Kind, p.name(peer.ID))
		}
		p.print(event{Type: "peer", Peer: &peer}, text)
		company()
	}
	o.OnLeft = func(id, reason string) {
		p.print(event{Type: "left", ID: id, Reason: reason}, fmt.Sprintf("%s has left (%s)", p.name(id), reason))
	}
	o.OnMute = func(from, kind string) {
		p.print(event{Type: "mute", From: from, Kind: kind}, fmt.Sprintf("%s asks to mute %s", p.name(from), kind))
	}
	o.OnDelivery = func(to []signal.DeliveryCount) {
		var text []string
		for _, c := range to {
			text = append(text, fmt.Sprintf("%s has not got %d frames (%d too old)", p.name(c.Peer), c.Stale+c.Dropped, c.Stale))
		}
		p.print(event{Type: "delivery", To: to}, strings.Join(text, "; "))
	}
	o.OnMessage = func(m Message) {
		text := fmt.Sprintf("%s [%s] %s", p.name(m.From), strconv.Quote(m.Topic), m.Data)
		if m.Binary != nil {
			text = fmt.Sprintf("%s sent %d bytes", p.name(m.From), len(m.Binary))
		}
		p.print(event{Type: "message", From: m.From, Topic: m.Topic, Channel: m.Channel, Data: m.Data, Binary: m.Binary}, text)
	}
}

// name is that of a peer, quoted so that it cannot move the cursor of a terminal.
func (p *printer) name(id string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := p.names[id]; n != "" {
		return strconv.Quote(n)
	}
	return id
}

func (p *printer) stats(tracks []TrackStats) {
	if p.json {
		p.print(event{Type: "stats", Tracks: tracks}, "")
	}
}

func (p *printer) sent(err error) {
	if err != nil {
		p.print(event{Type: "error", Reason: err.Error()}, "not sent: "+err.Error())
	}
}

func (p *printer) final(tracks []TrackStats, err error) {
	reason := "left"
	if err != nil {
		reason = err.Error()
	}
	p.print(event{Type: "final", Reason: reason, Tracks: tracks}, "")
	if p.json {
		return
	}
	for _, t := range tracks {
		p.print(event{}, fmt.Sprintf("received %s of %s from %s: %d packets, %d lost, %d frames, %d keyframes, jitter %.1f ms",
			t.Kind, t.Source, p.name(t.Peer), t.Packets, t.Lost, t.Frames, t.Keyframes, t.Jitter))
	}
}
