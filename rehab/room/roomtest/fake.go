// Package roomtest is a room process without media, for tests of those who start rooms: it keeps Contract and keys of
// the real one, and does on request what a test has to break. A test binary becomes one by calling Main from TestMain.
package roomtest

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gotera/gotera/proto/control"
)

// EnvMode makes a fake room misbehave: "crash" (exits 1 at once), "deaf" (never becomes ready), "short" (dies 50 ms
// after it was ready), "busy:<port>" (says that this port is in use).
const EnvMode = "ROOMTEST_MODE"

type room struct {
	key    string
	secret []byte

	mu      sync.Mutex // guards the fields below
	session control.Session
	quality *control.Quality // last told
	put     bool
	peers   map[string]control.Peer
	streams map[chan control.Event]bool
}

// Main runs a fake room and does not return if the program was started as one, that is with "room" as first argument.
func Main() {
	if len(os.Args) < 2 || os.Args[1] != "room" {
		return
	}
	code, reason := run(os.Args[2:])
	if reason != "" {
		fmt.Fprintln(os.Stderr, reason)
	}
	os.Exit(code)
}

func run(args []string) (int, string) {
	port := 0
	for _, a := range args {
		if v, ok := strings.CutPrefix(a, "--port="); ok {
			port, _ = strconv.Atoi(v)
		}
		if strings.HasPrefix(a, "--key=") || strings.HasPrefix(a, "--redis_password=") {
			return control.ExitUsage, "a secret is among the arguments"
		}
	}
	mode := os.Getenv(EnvMode)
	if mode == "crash" {
		return control.ExitFailed, "told to crash"
	}
	if mode == fmt.Sprintf("busy:%d", port) {
		return control.ExitPortUsed, "port in use"
	}
	r := &room{key: os.Getenv(control.EnvRoomKey), peers: map[string]control.Peer{}, streams: map[chan control.Event]bool{}}
	r.secret, _ = hex.DecodeString(os.Getenv(control.EnvRoomSecret))
	if r.key == "" || len(r.secret) != control.SecretSize {
		return control.ExitUsage, "no key or no secret"
	}
	if os.Getenv(control.EnvLockFD) != "4" || os.Getenv(control.EnvControlFD) != "3" {
		return control.ExitUsage, "no descriptors"
	}
	pages, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return control.ExitPortUsed, err.Error()
	}
	socket, err := net.FileListener(os.NewFile(control.ControlFD, "control"))
	if err != nil {
		return control.ExitUsage, err.Error()
	}
	lock := os.NewFile(control.LockFD, "lock")
	defer lock.Close()
	go http.Serve(pages, r.pages())
	stopped := make(chan struct{})
	server := &http.Server{Handler: r.control(mode, sync.OnceFunc(func() { close(stopped) }))}
	go server.Serve(socket)
	<-stopped
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	server.Shutdown(ctx) // lets the answer out
	return control.ExitStopped, ""
}

func (r *room) pages() http.Handler {
	mux := http.NewServeMux()
	for _, kind := range []string{control.User, control.Participant, control.Device} {
		mux.HandleFunc("GET /"+kind+"s", func(w http.ResponseWriter, q *http.Request) {
			uuid, ok := r.opens(kind, q.URL.Query().Get("key"))
			if !ok {
				http.Error(w, "refused", http.StatusForbidden)
				return
			}
			if uuid != "" {
				r.tell(control.Event{Type: control.EventPage, Kind: kind, UUID: uuid})
			}
			fmt.Fprintf(w, "page of port, pid %d", os.Getpid())
		})
	}
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Query().Get("key") != r.key {
			http.Error(w, "refused", http.StatusForbidden)
			return
		}
		fmt.Fprint(w, `{"status":"OK"}`)
	})
	return mux
}

func (r *room) opens(kind, key string) (uuid string, ok bool) {
	if key == r.key {
		return "", true
	}
	uuid, ok = control.CheckInviteeKey(r.secret, kind, key)
	if !ok {
		return "", false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return uuid, r.invitedLocked(kind, uuid)
}

func (r *room) invitedLocked(kind, uuid string) bool {
	for _, i := range r.session.Invitees {
		if i.Kind == kind && i.UUID == uuid {
			return true
		}
	}
	return false
}

func (r *room) control(mode string, stop func()) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /session", func(w http.ResponseWriter, q *http.Request) {
		var s control.Session
		if err := json.NewDecoder(q.Body).Decode(&s); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.replace(s, mode)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /stop", func(w http.ResponseWriter, q *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		if mode != "stubborn" {
			stop()
		}
	})
	mux.HandleFunc("GET /events", r.events)
	mux.HandleFunc("GET /quality", func(w http.ResponseWriter, _ *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		json.NewEncoder(w).Encode(control.Event{Type: control.EventQuality, Quality: r.quality})
	})
	mux.HandleFunc("GET /session", func(w http.ResponseWriter, q *http.Request) { // ours: what the room knows
		r.mu.Lock()
		defer r.mu.Unlock()
		json.NewEncoder(w).Encode(r.session)
	})
	mux.HandleFunc("POST /tell", func(w http.ResponseWriter, q *http.Request) { // ours: have the room report an event
		var e control.Event
		json.NewDecoder(q.Body).Decode(&e)
		r.mu.Lock()
		if e.Peer != nil && e.Type == control.EventJoined {
			r.peers[e.Peer.ID] = *e.Peer
		} else if e.Peer != nil {
			delete(r.peers, e.Peer.ID)
		}
		if e.Quality != nil {
			r.quality = e.Quality
		}
		r.mu.Unlock()
		r.tell(e)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /freeze", func(http.ResponseWriter, *http.Request) { syscall.Kill(os.Getpid(), syscall.SIGSTOP) })
	return mux
}

func (r *room) replace(s control.Session, mode string) {
	r.mu.Lock()
	first := !r.put
	r.put, r.session = true, s
	var gone []control.Peer
	for id, p := range r.peers {
		if p.Verified && !r.invitedLocked(p.Kind, p.UUID) {
			gone = append(gone, p)
			delete(r.peers, id)
		}
	}
	r.mu.Unlock()
	for _, p := range gone {
		r.tell(control.Event{Type: control.EventLeft, Peer: &p, Reason: "removed"})
	}
	if first && mode != "deaf" {
		r.tell(control.Event{Type: control.EventReady})
		if mode == "short" {
			time.AfterFunc(50*time.Millisecond, func() { os.Exit(control.ExitFailed) })
		}
	}
}

func (r *room) events(w http.ResponseWriter, q *http.Request) {
	ch := make(chan control.Event, 64)
	r.mu.Lock()
	state := control.Event{Type: control.EventState, Ready: r.put && os.Getenv(EnvMode) != "deaf"}
	for _, p := range r.peers {
		state.Peers = append(state.Peers, p)
	}
	r.streams[ch] = true
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.streams, ch)
		r.mu.Unlock()
	}()
	enc := json.NewEncoder(w)
	for e := state; ; {
		if enc.Encode(e) != nil || http.NewResponseController(w).Flush() != nil {
			return
		}
		select {
		case e = <-ch:
		case <-q.Context().Done():
			return
		}
	}
}

func (r *room) tell(e control.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ch := range r.streams {
		select {
		case ch <- e:
		default:
		}
	}
}
