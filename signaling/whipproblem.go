package signaling

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// problem answers with an error that programs and people can read (RFC 9457). detail must not quote the request.
func problem(w http.ResponseWriter, status int, detail string) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(struct { //nolint:errcheck // the client has gone
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{http.StatusText(status), status, detail})
}

// problemLater is problem for what may be tried again after so many seconds.
func problemLater(w http.ResponseWriter, status, seconds int, detail string) {
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	problem(w, status, detail)
}

func notAllowed(w http.ResponseWriter, methods string) {
	w.Header().Set("Allow", methods)
	problem(w, http.StatusMethodNotAllowed, "use one of "+methods)
}
