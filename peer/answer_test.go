package peer_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/signal"
)

// Each answer names the offer that it is to.
func TestAnswersNameTheirOffers(t *testing.T) {
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close() //nolint:errcheck // over
	if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}); err != nil {
		t.Fatal(err)
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	answers := make(chan signal.Answer, 4)
	room := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		upgrader := websocket.Upgrader{}
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close() //nolint:errcheck // over
		write := func(m signal.ServerMessage) {
			data, err := signal.Encode(m)
			if err == nil {
				err = ws.WriteMessage(websocket.TextMessage, data)
			}
			if err != nil {
				t.Error(err)
			}
		}
		for {
			_, raw, err := ws.ReadMessage()
			if err != nil {
				return
			}
			m, err := signal.DecodeClient(raw)
			if err != nil {
				t.Error(err)
				return
			}
			switch m := m.(type) {
			case signal.Join:
				write(signal.Joined{Peer: "p", Resume: "r", Fresh: true})
				for id := range uint64(3) {
					write(signal.ServerOffer{ID: id, SDP: offer.SDP, Tracks: []signal.SentTrack{}})
				}
			case signal.Answer:
				answers <- m
			}
		}
	}))
	defer room.Close()
	p, err := peer.Join(t.Context(), room.URL+"/devices?key=k", peer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for id := range uint64(3) {
		select {
		case m := <-answers:
			if m.ID != id {
				t.Errorf("the answer to offer %d names %d", id, m.ID)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("offer %d is not answered", id)
		}
	}
}
