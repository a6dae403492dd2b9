package signaling

import (
	"net/http"
	"strings"

	"github.com/gotera/gotera/proto/control"
)

// bearer is the key that a request comes with: a bearer token (RFC 6750, section 2.1), or the query of tools that cannot
// set headers.
func bearer(req *http.Request) string {
	scheme, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	return req.URL.Query().Get("key")
}

// keyHolder is who holds key, if it opens the room now: the path says nothing of their kind. Whoever has the shared key
// counts as a device.
func (r *room) keyHolder(key string) (who identity, opens bool) {
	for _, kind := range kinds { // all of them: the time says nothing about the key
		if is, ok := r.admit(kind, key); ok && (is.verified || kind == control.Device) {
			who, opens = is, true
		}
	}
	return who, opens
}

// refuseKey answers a request whose key does not open the room: see refuse.
func (r *room) refuseKey(w http.ResponseWriter, key string) {
	if r.untold(key, kinds) {
		problemLater(w, http.StatusServiceUnavailable, 1, "the room has not been told yet who is invited")
		return
	}
	forbidden(w)
}

// forbidden answers 403 to a missing key, too, where RFC 9725 has 401: one rule for every way in. It says all the same what
// is asked for (RFC 9110, section 11.6.1).
func forbidden(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", "Bearer")
	problem(w, http.StatusForbidden, "this needs the key of an invitation as a bearer token")
}
