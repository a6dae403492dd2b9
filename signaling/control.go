package signaling

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/gotera/gotera/proto/control"
)

// maxControlBody bounds the body of a control request, in bytes.
const maxControlBody = 1 << 20

// controlHandler serves the control API (proto/control) on the unix socket.
func (r *room) controlHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /session", r.putSession)
	mux.HandleFunc("GET /events", r.streamEvents)
	mux.HandleFunc("GET /quality", r.getQuality)
	mux.HandleFunc("POST /stop", r.postStop)
	return mux
}

// putSession answers when the peers of removed invitees have been closed.
func (r *room) putSession(w http.ResponseWriter, req *http.Request) {
	var s control.Session
	if err := readJSON(w, req, &s); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for i, who := range s.Invitees {
		if who.UUID == "" || !slices.Contains(kinds, who.Kind) {
			http.Error(w, fmt.Sprintf("invitees[%d] has no uuid or no known kind", i), http.StatusBadRequest)
			return
		}
	}
	awaitConns(r.setSession(s), closeWait)
	w.WriteHeader(http.StatusNoContent)
}

func (r *room) streamEvents(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	state := control.Event{Type: control.EventState, Ready: r.ready, Peers: []control.Peer{}}
	for _, p := range r.sortedLocked() {
		state.Peers = append(state.Peers, p.controlLocked())
	}
	ch := r.events.subscribe(state) // with the lock held: nothing happens between the state and the events after it
	r.mu.Unlock()
	defer r.events.unsubscribe(ch)
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := http.NewResponseController(w)
	lines := json.NewEncoder(w)
	for {
		select {
		case ev, ok := <-ch:
			if !ok {
				return
			}
			out.SetWriteDeadline(time.Now().Add(r.limits.write)) //nolint:errcheck // an in-memory writer has none
			if lines.Encode(ev) != nil || out.Flush() != nil {
				return
			}
		case <-req.Context().Done():
			return
		}
	}
}

// getQuality measures the room at once, for rehab that is about to stop it.
func (r *room) getQuality(w http.ResponseWriter, _ *http.Request) {
	q := r.picture(time.Now(), false)
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(control.Event{Type: control.EventQuality, Quality: &q}) //nolint:errcheck // rehab has gone
}

func (r *room) postStop(w http.ResponseWriter, req *http.Request) {
	var s control.Stop
	if err := readJSON(w, req, &s); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	e, ok := endings[s.Reason]
	if !ok {
		http.Error(w, "reason is not stopped or shutdown", http.StatusBadRequest)
		return
	}
	select {
	case r.stopping <- e:
	default: // it is stopping already
	}
	w.WriteHeader(http.StatusNoContent)
}

func readJSON(w http.ResponseWriter, req *http.Request, into any) error {
	raw, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxControlBody))
	if err != nil {
		return fmt.Errorf("read body: %w", err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return nil
}
