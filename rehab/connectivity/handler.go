package connectivity

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/gotera/gotera/proto/signal"
)

// bodyTime is how long the body of a request may take.
const bodyTime = 5 * time.Second

// Refused is why a request is not answered: a status and words for support.
type Refused struct {
	Status int
	Text   string
}

func (r *Refused) Error() string { return fmt.Sprintf("%d: %s", r.Status, r.Text) }

// Server answers requests for tests: GET with the relays to try, POST of an offer with the echo peer's answer, too.
type Server struct {
	Echo *Echo
	// Account says for whom a request speaks; it fails with a *Refused.
	Account func(*http.Request) (string, error)
	// ICEServers are relays that reach the echo peer, for an account.
	ICEServers func(account string) []signal.ICEServer
	Log        *slog.Logger

	rates rates
}

// ServeHTTP answers GET and POST.
func (s *Server) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	account, err := s.Account(q)
	if err != nil {
		s.refuse(w, err)
		return
	}
	if !s.rates.allow(account) {
		s.refuse(w, &Refused{http.StatusTooManyRequests, "Too many connectivity tests; try again in a minute"})
		return
	}
	var answer signal.ConnectivityAnswer
	if q.Method == http.MethodPost {
		http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime)) //nolint:errcheck // not supported by recorders
		if answer.Answer, err = s.answer(q, account); err != nil {
			s.refuse(w, err)
			return
		}
	}
	if answer.ICEServers = s.ICEServers(account); answer.ICEServers == nil {
		answer.ICEServers = []signal.ICEServer{}
	}
	write(w, http.StatusOK, answer)
}

func (s *Server) answer(q *http.Request, account string) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(q.Body, 2*maxOffer))
	var body signal.ConnectivityOffer
	if err != nil || json.Unmarshal(raw, &body) != nil {
		return "", &Refused{http.StatusBadRequest, `The body must be {"offer": "<SDP>"}`}
	}
	return s.Echo.Answer(q.Context(), account, body.Offer)
}

func (s *Server) refuse(w http.ResponseWriter, err error) {
	var r *Refused
	switch {
	case errors.As(err, &r):
	case errors.Is(err, ErrOffer):
		r = &Refused{http.StatusBadRequest, ErrOffer.Error()}
	case errors.Is(err, ErrFull):
		r = &Refused{http.StatusServiceUnavailable, ErrFull.Error()}
	default:
		s.Log.Warn("connectivity test is not answered", "err", err)
		r = &Refused{http.StatusServiceUnavailable, "The test does not work now"}
	}
	if r.Status == http.StatusTooManyRequests || r.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "30")
	}
	write(w, r.Status, map[string]string{"error": r.Text})
}

func write(w http.ResponseWriter, status int, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) //nolint:errcheck // the client has gone
}
