package connectivity

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/signal"
)

func itoa(n int) string { return strconv.Itoa(n) }

func newServer(t *testing.T) *Server {
	return &Server{
		Echo: newEcho(t, Config{}), Log: slog.New(slog.DiscardHandler),
		Account: func(q *http.Request) (string, error) {
			if q.Header.Get("Who") == "" {
				return "", &Refused{http.StatusUnauthorized, "who?"}
			}
			return q.Header.Get("Who"), nil
		},
		ICEServers: func(account string) []signal.ICEServer {
			return []signal.ICEServer{{URLs: []string{"turn:x"}, Username: account}}
		},
	}
}

func (s *Server) ask(who, method, body string) (*httptest.ResponseRecorder, signal.ConnectivityAnswer) {
	q := httptest.NewRequest(method, "/", strings.NewReader(body))
	q.Header.Set("Who", who)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, q)
	var a signal.ConnectivityAnswer
	_ = json.Unmarshal(w.Body.Bytes(), &a)
	return w, a
}

func TestServerAnswers(t *testing.T) {
	s := newServer(t)
	w, a := s.ask("ann", "GET", "")
	if w.Code != 200 || a.Answer != "" || len(a.ICEServers) != 1 || a.ICEServers[0].Username != "ann" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("GET: %d %+v %v", w.Code, a, w.Header())
	}
	c := newClient(t, webrtc.NetworkTypeUDP4)
	body, _ := json.Marshal(signal.ConnectivityOffer{Offer: c.offer()})
	w, a = s.ask("ann", "POST", string(body))
	if w.Code != 200 || a.Answer == "" || len(a.ICEServers) != 1 {
		t.Fatalf("POST: %d %s", w.Code, w.Body)
	}
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: a.Answer}); err != nil {
		t.Fatal(err)
	}
	await(t, "the channel is open", c.opened)
	s.ICEServers = func(string) []signal.ICEServer { return nil }
	if w, _ := s.ask("ann", "GET", ""); !strings.Contains(w.Body.String(), `"iceServers":[]`) {
		t.Errorf("without a relay: %s", w.Body)
	}
}

func TestServerRefuses(t *testing.T) {
	s := newServer(t)
	for _, tt := range []struct {
		name, who, body string
		status          int
	}{
		{"nobody", "", `{"offer":"x"}`, 401}, {"no JSON", "ann", "x", 400}, {"no offer", "ann", "{}", 400}, {"no description", "ann", `{"offer":"x"}`, 400},
	} {
		if w, _ := s.ask(tt.who, "POST", tt.body); w.Code != tt.status || !strings.Contains(w.Body.String(), `"error"`) {
			t.Errorf("%s: %d %s, want %d", tt.name, w.Code, w.Body, tt.status)
		}
	}
}

func TestAccountsAreLimitedOneByOne(t *testing.T) {
	s := newServer(t)
	refused := 0
	for range 2 * burst {
		if w, _ := s.ask("ann", "GET", ""); w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "" {
			refused++
		}
	}
	if refused < burst-5 || refused > burst {
		t.Errorf("%d of %d were refused", refused, 2*burst)
	}
	if w, _ := s.ask("bob", "GET", ""); w.Code != 200 {
		t.Errorf("somebody else: %d", w.Code)
	}
}

func TestRatesForgetAccounts(t *testing.T) {
	var r rates
	for i := range 3 * maxAccounts {
		r.allow(itoa(i))
	}
	if n := len(r.accounts); n > maxAccounts {
		t.Errorf("%d accounts are remembered, want %d at most", n, maxAccounts)
	}
}
