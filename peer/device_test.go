package peer_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/gotera/gotera/peer"
)

// A device logs in again when the core does not know yet that it was gone, and when its websocket ends, hands on what it is
// invited to, and ends when its token is refused.
func TestDeviceStaysOnline(t *testing.T) {
	var logins atomic.Int64
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("/api/device/login", func(w http.ResponseWriter, q *http.Request) {
		if got := q.Header.Get("Authorization"); got != "OpenTera token" {
			t.Errorf("authorization %q", got)
		}
		switch n := logins.Add(1); n {
		case 1:
			w.WriteHeader(http.StatusForbidden)
		case 2, 3:
			fmt.Fprintf(w, `{"websocket_url": "%s/wss?id=%d"}`, strings.Replace(server.URL, "http", "ws", 1), n)
		default:
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	mux.HandleFunc("/wss", func(w http.ResponseWriter, q *http.Request) {
		ws, err := (&websocket.Upgrader{}).Upgrade(w, q, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.Close() //nolint:errcheck // over
		const event = `{"message": {"events": [{"@type": "type.googleapis.com/opentera.protobuf.%s", "sessionUrl": "u%s", "sessionUuid": "s"}]}}`
		for _, kind := range []string{"LeaveSessionEvent", "JoinSessionEvent"} {
			ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, event, kind, q.URL.Query().Get("id"))) //nolint:errcheck // the test sees it
		}
	})
	var online []bool // by Run's goroutine
	d, err := peer.NewDevice(server.URL, "token", peer.Options{}, func(on bool) { online = append(online, on) })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), longPatience) // it rests for 1, 2 and 4 s
	defer cancel()
	if err := d.Run(ctx); !errors.Is(err, peer.ErrRefused) {
		t.Errorf("it ended with %v, want ErrRefused", err)
	}
	for _, url := range []string{"u2", "u3"} {
		select {
		case got := <-d.Invitations():
			if got != (peer.Invitation{URL: url, Session: "s"}) {
				t.Errorf("invited to %+v, want %s", got, url)
			}
		default:
			t.Errorf("not invited to %s", url)
		}
	}
	if n := len(d.Invitations()); n > 0 {
		t.Errorf("%d more invitations", n)
	}
	if want := []bool{true, false, true, false}; !slices.Equal(online, want) || logins.Load() != 4 {
		t.Errorf("online %v after %d logins, want %v after 4", online, logins.Load(), want)
	}
}
