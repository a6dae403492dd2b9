package ingress

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/signaling"
)

// room is a real room behind a front.
type room struct {
	shared string
	secret []byte
}

func (r room) key(i control.Invitee) string { return control.InviteeKey(r.secret, i.Kind, i.UUID) }

// startRoom runs a room in the place of the service that stands for one.
func (up *upstreams) startRoom(t *testing.T, invitees ...control.Invitee) room {
	t.Helper()
	up.room.Close()
	pages, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", up.base))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "room") // t.TempDir is too long for the path of a unix socket
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	steering, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	r := room{shared: "0c0ffee0-0000-4000-8000-00000000beef", secret: control.NewSecret()}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- signaling.Run(ctx, signaling.Config{
			Port: up.base, Key: r.shared, Secret: r.secret, HTTP: pages, Control: steering, MediaListen: "127.0.0.1:0",
			RedisAddr: freePort(t), Log: slog.New(slog.DiscardHandler),
		})
	}()
	c := control.NewClient(socket)
	t.Cleanup(func() {
		cancel()
		c.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
		os.RemoveAll(dir) //nolint:errcheck // of no use any more
	})
	if err := c.PutSession(t.Context(), control.Session{UUID: "00000000-0000-4000-8000-0000000000aa", Invitees: invitees}); err != nil {
		t.Fatal(err)
	}
	return r
}

// Each way into a room, behind each proxy, opens with the right key and answers 403 in the room's own words without one.
func TestKeysOfARoom(t *testing.T) {
	clinician := control.Invitee{Kind: control.User, UUID: "00000000-0000-4000-8000-000000000001", Name: "Dr. Roy"}
	device := control.Invitee{Kind: control.Device, UUID: "00000000-0000-4000-8000-000000000003", Name: "Robot"}
	removed := control.Invitee{Kind: control.Device, UUID: "00000000-0000-4000-8000-000000000004", Name: "Robot"}
	onBoth(t, func(t *testing.T, f *front, up *upstreams) {
		r := up.startRoom(t, clinician, device)
		dialer := websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: f.ca}, HandshakeTimeout: 30 * time.Second}
		web, socket := fmt.Sprintf("/webrtc/%d", up.base), fmt.Sprintf("/websocket/%d", up.base)
		bad := map[string]string{
			"empty": "", "wrong": "wrongkeywrongkey", "removed": r.key(removed),
			"of another session": control.InviteeKey(control.NewSecret(), device.Kind, device.UUID),
		}
		for _, tt := range []struct {
			path, by string // by: "key" and "pwd" in the query, else the scheme of Authorization
			method   string // "": a websocket
			right    control.Invitee
			open     int
			says     string // in the body of a refusal
		}{
			{web + "/users", "key", "GET", clinician, 200, "new link"},
			{web + "/devices", "key", "GET", device, 200, "new link"},
			{web + "/devices", "key", "", device, 101, ""},
			{socket + "/users", "key", "", clinician, 101, ""},
			{socket + "/devices", "key", "", device, 101, ""},
			{web + "/status", "key", "GET", device, 200, "new link"},
			{web + "/signaling", "pwd", "", device, 101, ""},
			{socket + "/signaling", "pwd", "", device, 101, ""},
			{web + "/iceservers", "", "GET", device, 200, "[]"},
			{socket + "/iceservers", "", "GET", device, 200, "[]"},
			{web + "/whip", "Bearer ", "POST", device, 415, "bearer token"},
			{web + "/whip", "key", "POST", device, 415, "bearer token"},
			{web + "/whep", "Bearer ", "POST", clinician, 415, "bearer token"},
			{web + "/whip/x", "Bearer ", "PATCH", device, 404, "bearer token"},
			{web + "/whep/x", "Bearer ", "DELETE", device, 404, "bearer token"},
		} {
			try := func(key string) (int, string) {
				target, header := f.addr+tt.path, http.Header{}
				if tt.by == "key" || tt.by == "pwd" {
					target += "?" + tt.by + "=" + url.QueryEscape(key)
				} else {
					header.Set("Authorization", tt.by+key)
				}
				if tt.method != "" {
					res, body := get(t, f.client(t, true), tt.method, "https://"+target, header, nil)
					return res.StatusCode, body
				}
				ws, res, err := dialer.DialContext(t.Context(), "wss://"+target, header)
				if ws != nil {
					ws.Close() //nolint:errcheck // done with it
				}
				if res == nil {
					t.Fatal(err)
				}
				return res.StatusCode, ""
			}
			for name, key := range bad {
				if status, body := try(key); status != http.StatusForbidden || !strings.Contains(body, tt.says) {
					t.Errorf("%s %s, key %s: %d %q, want 403 with %q", tt.method, tt.path, name, status, body, tt.says)
				}
			}
			for _, key := range []string{r.key(tt.right), r.shared} {
				// 503: the key was right, but this build may have no front-end.
				if status, _ := try(key); status != tt.open && (tt.open != 200 || status != 503) {
					t.Errorf("%s %s, right key: %d, want %d", tt.method, tt.path, status, tt.open)
				}
			}
		}
		for _, key := range []string{bad["wrong"], bad["removed"], r.key(device), r.key(clinician), r.shared} {
			if strings.Contains(f.logs(), key) {
				t.Error("a key was logged")
			}
		}
	})
}
