package signaling

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/proto/turncred"
)

// robotRoutes adds what clients of the opentera-webrtc protocol find beside their page: signaling and ICE servers.
func (r *room) robotRoutes(mux *http.ServeMux) {
	for _, prefix := range []string{"/", "/websocket/{port}/"} {
		mux.HandleFunc(prefix+"signaling", isolated(r.robotSocket))
		mux.HandleFunc("GET "+prefix+"iceservers", isolated(r.robotServers))
	}
}

// isolated sets the headers that the reference server sets on everything.
func isolated(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		h := w.Header()
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Embedder-Policy", "require-corp")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("Cache-Control", "no-store")
		next(w, req)
	}
}

// robotSocket upgrades to the signaling websocket. The password comes with join-room; whoever has a key in the address
// must have a good one.
func (r *room) robotSocket(w http.ResponseWriter, req *http.Request) {
	var who identity
	if key, given := robotKey(req); given {
		var ok bool
		if who, ok = r.admitRobot(key); !ok {
			r.refuse(w, req, robotKinds...)
			return
		}
	}
	b := newRobot(r, who)
	b.address = clientAddress(req)
	if !r.enrollRobot(b) {
		http.Error(w, "too many connections", http.StatusServiceUnavailable)
		return
	}
	defer r.release(b)
	defer close(b.done)
	ws, err := upgrader.Upgrade(w, req, w.Header())
	if err != nil {
		return // it has answered
	}
	b.upgradedTo(ws)
	b.serve(r.ctx)
}

// robotKey is the key in the address, if there is one: "pwd", as robots are told it, or "key".
func robotKey(req *http.Request) (key string, given bool) {
	q := req.URL.Query()
	if q.Has("pwd") {
		return q.Get("pwd"), true
	}
	return q.Get("key"), q.Has("key")
}

// robotGrant is for how long a robot can call people by way of the TURN server. It asks for credentials once, when it joins, and
// each call makes new allocations; each that is not with its room ends soon (package rehab/turn).
const robotGrant = turncred.MaxLife

// robotServers answers with the ICE servers to the password in Authorization, which stands there alone. To a wrong one the
// list is empty, as the reference server has it; the status is 403, which its clients take for an empty list as well.
func (r *room) robotServers(w http.ResponseWriter, req *http.Request) {
	password := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
	if key, given := robotKey(req); given && password == "" {
		password = key
	}
	list, status := []signal.ICEServer{}, http.StatusForbidden
	if _, ok := r.admitRobot(password); ok {
		list, status = r.iceServersFor(newID(), robotGrant), http.StatusOK
	} else if r.untold(password, robotKinds) {
		status = http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(list) //nolint:errcheck // the client has gone
}
