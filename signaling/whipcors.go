package signaling

import (
	"fmt"
	"net/http"
)

// anyOrigin lets pages of every site use h (Fetch standard, CORS protocol): what opens it is a key that the page has to
// know, no cookie.
func anyOrigin(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		header := w.Header()
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("Access-Control-Expose-Headers", "Location, ETag, Link, Accept-Patch, Accept-Post, Retry-After, WWW-Authenticate")
		header.Set("Cache-Control", "no-store")
		if req.Method == http.MethodOptions {
			header.Set("Access-Control-Allow-Methods", "POST, PATCH, DELETE, GET, HEAD, OPTIONS")
			header.Set("Access-Control-Allow-Headers", "Authorization, *") // the star does not stand for the first
			header.Set("Access-Control-Max-Age", "7200")
		}
		h.ServeHTTP(w, req)
	})
}

// linkICEServers tells a client of the TURN server, with credentials for the peer with this id (RFC 9725, section 4.6).
func (r *room) linkICEServers(h http.Header, peer string) {
	for _, server := range r.iceServers(peer) {
		for _, url := range server.URLs {
			link := fmt.Sprintf(`<%s>; rel="ice-server"`, url)
			if server.Username != "" {
				link += fmt.Sprintf(`; username="%s"; credential="%s"; credential-type="password"`, server.Username, server.Credential)
			}
			h.Add("Link", link)
		}
	}
}
