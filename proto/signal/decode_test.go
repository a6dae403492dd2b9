package signal_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/gotera/gotera/proto/signal"
)

func ptr[T any](v T) *T { return &v }

func TestClientRoundTrip(t *testing.T) {
	for _, m := range []signal.ClientMessage{
		signal.Join{Protocol: 1, Name: "Ana", UUID: "u", Resume: "r", Features: []string{"x"}},
		signal.ClientOffer{SDP: "v=0", Tracks: []signal.PublishedTrack{{Mid: "0", Source: "camera", Kind: "video"}}},
		signal.Answer{SDP: "v=0"},
		signal.Answer{SDP: "v=0", ID: 7},
		signal.Candidate{Candidate: &signal.ICECandidate{Candidate: "candidate:1", SDPMid: ptr("0"), SDPMLineIndex: ptr(uint16(0))}},
		signal.Candidate{},
		signal.State{State: json.RawMessage(`{"microphone":true}`)},
		signal.ClientText{To: "p", Topic: "chat", Data: json.RawMessage(`"hello"`)},
		signal.ClientMute{Peer: "p", Kind: "audio"},
		signal.Request{Action: "remove", Kind: "device", UUID: "u"},
		signal.View{Tracks: []signal.Shown{{Track: "t", Width: 640, Height: 480}}},
		signal.ClientQuality{Tracks: []signal.PlayedTrack{{Track: "t", Freezes: 2, Frozen: 1.5, Decoded: 900, Dropped: 3, Width: 640, Height: 480, Buffer: 0.04}, {Track: "u", Concealed: 0.2, Heard: 30}}},
		signal.Renew{Track: "t"},
		signal.Pong{},
		signal.Leave{},
	} {
		raw, err := signal.EncodeClient(m)
		if err != nil {
			t.Fatalf("encode %T: %v", m, err)
		}
		got, err := signal.DecodeClient(raw)
		if err != nil {
			t.Fatalf("decode %s: %v", raw, err)
		}
		if !reflect.DeepEqual(got, m) {
			t.Errorf("%s decodes to %#v, want %#v", raw, got, m)
		}
	}
}

func TestServerRoundTrip(t *testing.T) {
	peer := signal.Peer{ID: "p", Kind: "user", Connected: true, State: json.RawMessage(`{}`), Tracks: []signal.Track{{ID: "t", Source: "screen", Kind: "video"}}}
	for _, m := range []signal.ServerMessage{
		signal.Joined{Peer: "p", Resume: "r", Self: signal.Self{Kind: "user"}, Session: signal.Session{UUID: "s"}, Peers: []signal.Peer{peer}, Invitees: []signal.Invitee{}, ICEServers: []signal.ICEServer{}, CanManage: true},
		signal.ICEServers{ICEServers: []signal.ICEServer{{URLs: []string{"turn:h"}, Username: "u", Credential: "c"}}},
		signal.PeerUpdate{Peer: peer},
		signal.Left{Peer: "p", Reason: signal.ReasonLost},
		signal.ServerOffer{ID: 3, SDP: "v=0", Tracks: []signal.SentTrack{{Mid: "0", Track: "t", Peer: "p", Source: "camera", Kind: "audio"}}},
		signal.Answer{SDP: "v=0"},
		signal.Candidate{},
		signal.ServerText{From: "p", Topic: "chat", Data: json.RawMessage(`1`)},
		signal.ServerMute{From: "p", Kind: "video"},
		signal.Invitees{Invitees: []signal.Invitee{{Kind: "device", UUID: "u", Name: "n", Status: "online"}}},
		signal.Quality{Peers: []signal.PeerQuality{{
			Peer: "p", Quality: signal.QualityFair, Reasons: []string{"loss"}, RTT: 0.1, Up: signal.Path{Bitrate: 1, Loss: 0.05, Jitter: 0.01}, Down: signal.Path{Bitrate: 2},
			Estimate: 3, Freezes: 1, Frozen: 0.5, Stale: 4, Tracks: []signal.TrackQuality{{Track: "t", Bitrate: 5, Spatial: 1, Temporal: 2, Width: 640, Height: 360, Reduced: true}},
		}}},
		signal.Stalled{Tracks: []signal.StalledTrack{{Track: "t", Reason: signal.StalledPath}}},
		signal.Restart{Source: "camera", Kind: "video"},
		signal.Ping{},
		signal.Ended{Reason: "stopped", Text: "over"},
	} {
		raw, err := signal.Encode(m)
		if err != nil {
			t.Fatalf("encode %T: %v", m, err)
		}
		got, err := signal.DecodeServer(raw)
		if err != nil {
			t.Fatalf("decode %s: %v", raw, err)
		}
		if !reflect.DeepEqual(got, m) {
			t.Errorf("%s decodes to %#v, want %#v", raw, got, m)
		}
	}
}

func TestDecodeClientNamesTheProblem(t *testing.T) {
	long := strings.Repeat("x", signal.MaxMessage)
	for _, tt := range []struct{ name, raw, want string }{
		{"empty", ``, "message is not JSON"},
		{"not JSON", `{"type":`, "message is not JSON"},
		{"two values", `{"type":"pong"}{}`, "message is not JSON"},
		{"list", `[]`, "not an object"},
		{"null", `null`, "has no type"},
		{"no type", `{"sdp":"x"}`, "has no type"},
		{"type is a number", `{"type":3}`, "text type"},
		{"not UTF-8", "{\"type\":\"state\",\"state\":{\"a\":\"\xff\"}}", "not UTF-8"},
		{"too big", `{"type":"offer","sdp":"` + long + `"}`, "at most 262144"},
		{"unknown type", `{"type":"hello"}`, `unknown message type "hello"`},
		{"long unknown type", `{"type":"` + long[:1000] + `"}`, `unknown message type "` + long[:40] + `"`},
		{"server type", `{"type":"joined"}`, "unknown message type"},
		{"join without protocol", `{"type":"join"}`, "join: protocol is 0, should be 1"},
		{"join with a number as name", `{"type":"join","protocol":1,"name":3}`, "join: name is a number, should be a string"},
		{"join with a long name", `{"type":"join","protocol":1,"name":"` + long[:300] + `"}`, "join: name of 300 bytes, at most 256"},
		{"offer without sdp", `{"type":"offer","tracks":[]}`, "offer: sdp is missing"},
		{"offer with bad source", `{"type":"offer","sdp":"x","tracks":[{"mid":"0","source":"tv","kind":"video"}]}`, "offer: tracks[0].source is not camera"},
		{"offer with bad kind", `{"type":"offer","sdp":"x","tracks":[{"mid":"0","source":"camera","kind":"smell"}]}`, "offer: tracks[0].kind is not audio or video"},
		{"offer with a mid twice", `{"type":"offer","sdp":"x","tracks":[{"mid":"0","source":"camera","kind":"video"},{"mid":"0","source":"camera","kind":"audio"}]}`, "tracks[1].mid is there twice"},
		{"offer with tracks as text", `{"type":"offer","sdp":"x","tracks":"0"}`, "offer: tracks is a string, should be a slice"},
		{"answer without sdp", `{"type":"answer"}`, "answer: sdp is missing"},
		{"candidate as text", `{"type":"candidate","candidate":"c"}`, "candidate: candidate is a string, should be a struct"},
		{"candidate line too long", `{"type":"candidate","candidate":{"candidate":"` + long[:3000] + `"}}`, "candidate of 3000 bytes"},
		{"negative mline", `{"type":"candidate","candidate":{"sdpMLineIndex":-1}}`, "sdpMLineIndex"},
		{"state missing", `{"type":"state"}`, "state: state is not an object"},
		{"state a list", `{"type":"state","state":[]}`, "state: state is not an object"},
		{"state too big", `{"type":"state","state":{"a":"` + long[:5000] + `"}}`, "at most 4096"},
		{"message without topic", `{"type":"message","data":1}`, "message: topic has 0 bytes"},
		{"message too big", `{"type":"message","topic":"t","data":"` + long[:17000] + `"}`, "at most 16384"},
		{"mute without peer", `{"type":"mute","kind":"audio"}`, "mute: peer is missing"},
		{"mute without kind", `{"type":"mute","peer":"p"}`, "mute: kind is not audio or video"},
		{"request unknown", `{"type":"request","action":"dance"}`, "request: action is not stop or remove"},
		{"request without uuid", `{"type":"request","action":"remove","kind":"user"}`, "request: uuid is missing"},
		{"view negative", `{"type":"view","tracks":[{"track":"t","width":-1}]}`, "view: tracks[0]"},
		{"quality negative", `{"type":"quality","tracks":[{"track":"t"},{"track":"t","frozen":-1}]}`, "quality: tracks[1].frozen is larger than 10000000000 or negative"},
		{"quality huge", `{"type":"quality","tracks":[{"track":"t","freezes":18446744073709551615}]}`, "quality: tracks[0].freezes"},
		{"quality huge picture", `{"type":"quality","tracks":[{"track":"t","width":100000}]}`, "quality: tracks[0].width or height"},
		{"quality with text", `{"type":"quality","tracks":[{"track":"t","freezes":"2"}]}`, "quality: tracks.freezes is a string"},
		{"quality with too many tracks", `{"type":"quality","tracks":[` + strings.Repeat(`{},`, 256) + `{}]}`, "quality: tracks has 257 entries"},
		{"quality with a long name", `{"type":"quality","tracks":[{"track":"` + long[:300] + `"}]}`, "quality: tracks[0].track of 300 bytes"},
		{"renew nothing", `{"type":"renew"}`, "renew: track"},
		{"view huge", `{"type":"view","tracks":[{"track":"t","width":1000000}]}`, "view: tracks[0]"},
	} {
		_, err := signal.DecodeClient([]byte(tt.raw))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

func TestUnknownFieldsAreIgnored(t *testing.T) {
	m, err := signal.DecodeClient([]byte(`{"type":"answer","sdp":"x","later":1}`))
	if err != nil || m != (signal.Answer{SDP: "x"}) {
		t.Errorf("got %#v, %v", m, err)
	}
}

func TestUnknownTypeCanBeTold(t *testing.T) {
	if _, err := signal.DecodeServer([]byte(`{"type":"new"}`)); !errors.Is(err, signal.ErrUnknownType) {
		t.Errorf("got %v, want ErrUnknownType", err)
	}
}

// FuzzDecodeClient checks that whatever is accepted can be encoded and decoded again to the same.
func FuzzDecodeClient(f *testing.F) {
	for _, s := range []string{
		`{"type":"quality","tracks":[{"track":"t","freezes":1,"frozen":1e-3,"heard":2.5}]}`,
		`{"type":"join","protocol":1,"resume":"a.b"}`, `{"type":"state","state":{"a":[1,null]}}`,
		`{"type":"candidate","candidate":null}`, `{"type":"view","tracks":[{"track":"t","width":1,"height":2}]}`,
		`{"type":"message","topic":"t","data":{"x":"\u2028"}}`, `{"type":"leave"}`, `{"type":"offer","sdp":"x","tracks":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := signal.DecodeClient(raw)
		if err != nil {
			return
		}
		again, err := signal.EncodeClient(m)
		if err != nil {
			t.Fatalf("accepted but not encodable: %v", err)
		}
		if len(again) > signal.MaxMessage { // escaping may have made it longer
			return
		}
		m2, err := signal.DecodeClient(again)
		if err != nil {
			var e *signal.Error
			if errors.As(err, &e) && strings.Contains(e.Reason, "at most") {
				return
			}
			t.Fatalf("%s is refused: %v", again, err)
		}
		once, _ := signal.EncodeClient(m2)
		if string(once) != string(again) {
			t.Errorf("encodes to %s, then to %s", again, once)
		}
	})
}
