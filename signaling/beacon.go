package signaling

import "net/http"

// maxBeacon bounds the body of a beacon, a resume token, in bytes.
const maxBeacon = 256

// leaveByBeacon does what the message leave does, for a page that is being closed or taken out of its frame: browsers deliver a
// beacon (W3C Beacon, section 3) after that, and promise nothing of what was written to a websocket a moment before. The
// body is the peer's resume token.
func (r *room) leaveByBeacon(w http.ResponseWriter, req *http.Request) {
	key := req.URL.Query().Get("key")
	if _, opens := r.keyHolder(key); !opens {
		r.refuse(w, req, kinds...)
		return
	}
	token, err := readBody(w, req, "text/plain", "Accept-Post", maxBeacon)
	if err != nil {
		refusalOf(err).refuse(w)
		return
	}
	for _, kind := range kinds { // with the shared key anybody may be somebody of each
		if who, ok := r.admit(kind, key); ok && r.dropByToken(who, token) {
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	problem(w, http.StatusNotFound, "no peer of this key has that token")
}

// dropByToken ends the peer that token belongs to, if it is one of who.
func (r *room) dropByToken(who identity, token string) bool {
	r.mu.Lock()
	p := r.resumableLocked(who, token)
	if p == nil {
		r.mu.Unlock()
		return false
	}
	closing := r.removeLocked(endLeft, p)
	r.mu.Unlock()
	closeMedia(closing)
	return true
}
