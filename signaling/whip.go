package signaling

import (
	"net/http"
	"strings"
)

// WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep-04) are media by one HTTP request: an offer is posted, and answered. A
// client of WHIP publishes, one of WHEP watches; both are peers of the room like any other (whippeer.go). This is the table
// of their paths and methods.

// httpProtocol is one of the two.
type httpProtocol struct {
	name    string // its path
	watches bool   // the client receives; it publishes otherwise
}

var (
	whip = httpProtocol{name: "whip"}
	whep = httpProtocol{name: "whep", watches: true}
)

// Media types.
const (
	typeSDP     = "application/sdp"
	typeSDPFrag = "application/trickle-ice-sdpfrag" // RFC 8840
)

// whipRoutes adds the paths of both protocols to mux.
func (r *room) whipRoutes(mux *http.ServeMux) {
	for _, p := range []httpProtocol{whip, whep} {
		endpoint := anyOrigin(r.whipEndpoint(p))
		mux.Handle("/"+p.name, endpoint)
		mux.Handle("/"+p.name+"/{$}", endpoint)
		mux.Handle("/"+p.name+"/{id}", anyOrigin(r.whipResource(p)))
	}
}

// whipEndpoint is where clients post their offers.
func (r *room) whipEndpoint(p httpProtocol) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		key := bearer(req)
		who, opens := r.keyHolder(key)
		if req.Method == http.MethodOptions {
			w.Header().Set("Accept-Post", typeSDP)
			if opens { // a client that asks before it offers, no preflight: that has no key
				r.linkICEServers(w.Header(), newID())
			}
			return
		}
		if !opens {
			r.refuseKey(w, key)
			return
		}
		switch req.Method {
		case http.MethodPost:
			r.whipPost(w, req, p, who, key)
		case http.MethodGet, http.MethodHead:
			if p.watches { // which is how players find out what is here
				w.Header().Set("Content-Type", typeSDP)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		default:
			notAllowed(w, "POST, GET, HEAD, OPTIONS")
		}
	}
}

// whipResource is one client's media, at the Location that it was given.
func (r *room) whipResource(p httpProtocol) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodOptions {
			w.Header().Set("Accept-Patch", typeSDPFrag)
			return
		}
		key := bearer(req)
		if _, opens := r.keyHolder(key); !opens {
			r.refuseKey(w, key)
			return
		}
		c := r.whipPeer(p, req.PathValue("id"))
		switch {
		case c == nil:
			problem(w, http.StatusNotFound, "there is no such "+strings.ToUpper(p.name)+" session; it may have ended")
		case !c.madeWith(key):
			forbidden(w)
		case req.Method == http.MethodPatch:
			c.patch(w, req)
		case req.Method == http.MethodDelete:
			r.remove(endLeft, c.peer)
		case req.Method == http.MethodGet, req.Method == http.MethodHead:
			w.WriteHeader(http.StatusNoContent)
		default:
			notAllowed(w, "PATCH, DELETE, GET, HEAD, OPTIONS")
		}
	}
}
