package signaling

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gotera/gotera/sfu"
)

// FuzzRobotMessage feeds messages to a robot that has joined, beside somebody whom it can call. What it is sent must be
// readable by the strictest client, whatever it says.
func FuzzRobotMessage(f *testing.F) {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	media, err := sfu.New(sfu.Config{Listen: "127.0.0.1:0", Log: log})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { media.Close() }) //nolint:errcheck // the process ends
	cfg := Config{Key: sharedKey, MaxPeers: 4, Log: log, limits: defaultLimits}
	const join = `{"event":"join-room","data":{"name":"r","room":"VideoConf","password":"` + sharedKey + `","protocolVersion":2}}`
	for _, seed := range []string{
		join, `{"event":"call-all"}`, `{"event":"call-ids","data":["REMOTE",""]}`, `{"event":"close-all-room-peer-connections"}`,
		`{"event":"call-peer","data":{"toId":"REMOTE","offer":{"type":"offer","sdp":"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n"}}}`,
		`{"event":"send-ice-candidate","data":{"toId":"REMOTE","candidate":{"candidate":"candidate:1 1 udp 1 127.0.0.1 9 typ host","sdpMid":"0","sdpMLineIndex":0}}}`,
		`{"event":"send-ice-candidate","data":{"toId":"REMOTE","candidate":null}}`, `{"event":"make-peer-call-answer","data":{}}`, `7`, "{\"event\":\"\xff\"}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, message string) {
		r := newRoom(cfg, media)
		defer r.cancel()
		person := newPeer(r, identity{kind: "user", uuid: "u", name: "N"}, newConn(r, identity{}))
		r.peers[person.id] = person
		b := newRobot(r, identity{})
		b.rate.SetBurst(1 << 20)
		b.handle([]byte(message))
		if b.peer == nil && !b.refused {
			b.handle([]byte(join))
		}
		if b.peer != nil {
			defer r.remove(endLeft, b.peer)
			for _, id := range b.idsLocked() {
				message = strings.ReplaceAll(message, "REMOTE", id)
			}
			b.handle([]byte(message))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		b.tendLoop(ctx) //nolint:errcheck // it ends at once
		for {
			raw, _ := b.queue.pop()
			if raw == nil {
				break
			}
			var m struct {
				Event string          `json:"event"`
				Data  json.RawMessage `json:"data"`
			}
			if !utf8.Valid(raw) || json.Unmarshal(raw, &m) != nil || m.Event == "" {
				t.Errorf("the room sent %q", raw)
			}
		}
	})
}
