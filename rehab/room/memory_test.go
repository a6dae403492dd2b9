package room

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/porttest"
	"github.com/gotera/gotera/signaling"
)

// leakVariable names a file: a real room that finds it removes it and uses leakSize more memory from then on.
const leakVariable = "ROOM_TEST_LEAK"

const (
	memoryMB = 256
	leakSize = 2 * memoryMB << 20
)

// realRoom makes the test program the real room, if it was started as one.
func realRoom() {
	if len(os.Args) < 2 || os.Args[1] != "real-room" {
		return
	}
	var leak []byte
	go func() {
		for os.Remove(os.Getenv(leakVariable)) != nil {
			time.Sleep(20 * time.Millisecond)
		}
		leak = bytes.Repeat([]byte{1}, leakSize)
	}()
	cfg, err := signaling.ParseRoomFlags(os.Args[2:], os.Getenv)
	if err == nil {
		err = signaling.Run(context.Background(), cfg)
	}
	fmt.Fprintln(os.Stderr, err)
	runtime.KeepAlive(&leak)
	os.Exit(signaling.ExitCode(err))
}

// patientOwner is an owner whose session the real room takes.
type patientOwner struct {
	owner
	session control.Session
}

func (o *patientOwner) Describe() control.Session { return o.session }

// output is a log that is read while it is written.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) { o.mu.Lock(); defer o.mu.Unlock(); return o.b.Write(b) }
func (o *output) String() string              { o.mu.Lock(); defer o.mu.Unlock(); return o.b.String() }

// unraced builds this test program without the race detector, which takes more memory than a room may have.
func unraced(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "room.test")
	if out, err := exec.Command("go", "test", "-c", "-race=false", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build this test program: %v: %s", err, out)
	}
	return program
}

// A real room that uses too much memory tells its peers to come back, ends, and is there again with the same keys.
func TestRoomWithTooMuchMemoryComesBack(t *testing.T) {
	leak := filepath.Join(t.TempDir(), "leak")
	var log output
	h, err := NewHost(Config{
		Dir: t.TempDir(), Program: []string{unraced(t), "real-room"}, Env: []string{leakVariable + "=" + leak},
		BasePort: porttest.Take(t, 1), MaxSessions: 1, MediaBasePort: porttest.Take(t, 1), ExternalHost: "localhost", MemoryMB: memoryMB,
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	patient := control.Invitee{Kind: control.Participant, UUID: uuid.NewString(), Name: "Jo", Status: control.Invited}
	o := &patientOwner{session: control.Session{
		UUID: uuid.NewString(), Name: "Knee exercises", StartedAt: time.Now(),
		Creator: control.Who{Kind: control.User, UUID: uuid.NewString()}, Invitees: []control.Invitee{patient},
	}}
	lock, err := h.Reserve(nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := h.Start(ctx, Spec{Port: lock.Port, Key: uuid.NewString(), Secret: control.NewSecret()}, lock, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Stop(context.Background()) })

	key := control.InviteeKey(r.spec.Secret, patient.Kind, patient.UUID)
	join := func() *websocket.Conn {
		t.Helper()
		ws, _, err := websocket.DefaultDialer.DialContext(ctx, fmt.Sprintf("ws://127.0.0.1:%d/participants?key=%s", r.spec.Port, key), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = ws.Close() })
		_ = ws.SetReadDeadline(time.Now().Add(30 * time.Second))
		if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"join","protocol":1}`)); err != nil {
			t.Fatal(err)
		}
		if _, m, err := ws.ReadMessage(); err != nil || !strings.Contains(string(m), `"joined"`) {
			t.Fatalf("got %s, %v; want joined", m, err)
		}
		return ws
	}
	ws := join()
	first, _ := o.process()
	if err := os.WriteFile(leak, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for err = nil; err == nil; {
		_, _, err = ws.ReadMessage()
	}
	if !websocket.IsCloseError(err, websocket.CloseServiceRestart) {
		t.Errorf("the peer's websocket ended with %v, want close code 1012", err)
	}
	waitFor(t, "the next process", func() bool {
		p, starts := o.process()
		return starts == 2 && p != first && status(t, r, "/status?key="+r.spec.Key) == http.StatusOK
	})
	waitFor(t, "the session in it", func() bool { return status(t, r, "/participants?key="+key) == http.StatusOK })
	join()
	if want := fmt.Sprintf("code %d", control.ExitMemory); !strings.Contains(log.String(), want) {
		t.Errorf("rehab's log lacks %q: %s", want, log.String())
	}
	if _, starts := o.process(); starts != 2 || o.gaveUp() != nil {
		t.Errorf("%d starts, given up: %v", starts, o.gaveUp())
	}
}
