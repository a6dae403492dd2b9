package check_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gotera/gotera/peer/check"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/rehab/connectivity"
)

const token = "a-token"

// server is a server's test endpoint with a relay of its own.
type server struct {
	*httptest.Server
	trust *tls.Config
	relay *relay
}

// newServer offers the relays whose ways are named; direct: the echo peer is reached without one, too.
func newServer(t *testing.T, direct bool, ways ...check.Way) *server {
	t.Helper()
	cfg := connectivity.Config{Listen: "127.0.0.1:0", Loopback: direct}
	if !direct {
		cfg = connectivity.Config{Listen: ":0", PublicIPs: []string{behind, "2001:db8::1"}}
	}
	echo, err := connectivity.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(echo.Close)
	s := &server{}
	handler := &connectivity.Server{
		Echo: echo, Log: slog.New(slog.DiscardHandler),
		Account: func(q *http.Request) (string, error) {
			if q.URL.Path == "/rehab/api/connectivity" && (q.Header.Get("Authorization") == "OpenTera "+token || q.URL.RawQuery == "key=k&port=8080") {
				return "ann", nil
			}
			return "", &connectivity.Refused{Status: http.StatusForbidden, Text: "not you"}
		},
		ICEServers: func(string) []signal.ICEServer { return s.relay.servers(ways) },
	}
	mux := http.NewServeMux()
	mux.Handle("/rehab/api/connectivity", handler)
	mux.HandleFunc("/websocket/8080/devices", func(w http.ResponseWriter, q *http.Request) {
		if ws, err := (&websocket.Upgrader{}).Upgrade(w, q, nil); err == nil {
			ws.Close()
		}
	})
	s.Server = httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	s.trust = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
	s.relay = newRelay(t, s.TLS.Certificates[0], direct)
	return s
}

func (s *server) run(t *testing.T, o check.Options, limit time.Duration) check.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	o.TLS = s.trust
	r, err := check.Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// open are the ways that work; none may be slower than a loopback can be.
func open(t *testing.T, r check.Result) []check.Way {
	t.Helper()
	var list []check.Way
	for _, w := range r.Ways {
		if w.OK {
			list = append(list, w.Way)
		}
		if w.OK && (w.RTT <= 0 || w.RTT > 5*time.Second) || w.OK == (w.Err != nil) && w.Offered {
			t.Errorf("%+v", w)
		}
	}
	return list
}

func TestEveryWayIsTried(t *testing.T) {
	s := newServer(t, true, check.RelayUDP, check.RelayTCP, check.RelayTLS)
	r := s.run(t, check.Options{URL: s.URL + "/rehab/participant?token=" + token, Slower: check.Limit}, check.Limit)
	if got := open(t, r); !slices.Equal(got, check.Ways) || r.Best() != check.UDP || !r.Web.OK {
		t.Errorf("open: %v, best %q", got, r.Best())
	}
	text := strings.Builder{}
	r.Print(&text)
	for _, want := range []string{"Your connection works.", "relay over TLS  works, "} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, &text)
		}
	}
}

func TestOnlyTLSIsLeft(t *testing.T) {
	s := newServer(t, false, check.RelayTLS)
	r := s.run(t, check.Options{URL: s.URL, Token: token}, check.Limit)
	if got := open(t, r); !slices.Equal(got, []check.Way{check.RelayTLS}) {
		t.Errorf("open: %v", got)
	}
	raw, err := json.Marshal(r.Report())
	if err != nil || !strings.Contains(string(raw), `"ok":true,"best":"turn-tls"`) {
		t.Errorf("%s, %v", raw, err)
	}
	text := strings.Builder{}
	r.Print(&text)
	if !strings.Contains(text.String(), "blocks UDP: TLS is used") || !strings.Contains(text.String(), "relay over UDP  not offered") {
		t.Errorf("got\n%s", &text)
	}
}

func TestNothingIsOpen(t *testing.T) {
	s := newServer(t, false)
	r := s.run(t, check.Options{URL: s.URL + "/", Token: token}, time.Second)
	text := strings.Builder{}
	r.Print(&text)
	if got := open(t, r); len(got) != 0 || r.Best() != "" || !strings.Contains(text.String(), "do not get through") {
		t.Errorf("open: %v\n%s", got, &text)
	}
}

// A server that is busy says nothing of the network.
func TestServerIsBusy(t *testing.T) {
	r := check.Result{Web: check.Step{OK: true}, Ways: []check.Try{{Way: check.UDP, Offered: true, Err: errors.New("busy")}, {Way: check.RelayTLS}}}
	text := strings.Builder{}
	r.Print(&text)
	if !strings.Contains(text.String(), "not tested: busy") || !strings.Contains(text.String(), "nothing is known") {
		t.Errorf("got\n%s", &text)
	}
	r.Ways[1] = check.Try{Way: check.TCP, Offered: true, OK: true}
	text.Reset()
	r.Print(&text)
	if strings.Contains(text.String(), "blocks") || !strings.Contains(text.String(), "Not every way could be tested") {
		t.Errorf("UDP was not tested:\n%s", &text)
	}
}

func TestSessionsURL(t *testing.T) {
	s := newServer(t, true)
	o := check.Options{URL: s.URL + "/webrtc/8080/devices?key=k&pwd=k", Slower: check.Limit, Socket: strings.Replace(s.URL, "http", "ws", 1) + "/websocket/8080/devices?key=k"}
	r := s.run(t, o, check.Limit)
	if r.Best() != check.UDP || r.Socket == nil || !r.Socket.OK {
		t.Errorf("got %+v", r)
	}
	o.Socket = strings.Replace(o.Socket, "8080", "8081", 1)
	if r = s.run(t, o, check.Limit); r.Socket.OK || r.Best() != check.UDP {
		t.Errorf("a websocket that is not there: %+v", r.Socket)
	}
}

func TestRefusalsAndBadAddresses(t *testing.T) {
	s := newServer(t, true)
	for name, tt := range map[string]struct {
		url, token string
		refused    bool
	}{
		"wrong token": {s.URL + "/rehab/participant?token=secret", "", true}, "wrong key": {s.URL + "/webrtc/8080/devices?key=secret", "", true},
		"another's session": {s.URL + "/webrtc/8081/devices?key=secret", "", true}, "server without a token": {s.URL, "", false},
		"no address": {"secret", "", false}, "another scheme": {"ftp://host/?token=secret", "", false}, "no such server": {"https://127.0.0.1:1/x?token=secret", "", false},
	} {
		_, err := check.Run(t.Context(), check.Options{URL: tt.url, Token: tt.token, TLS: s.trust})
		if err == nil || errors.Is(err, check.ErrRefused) != tt.refused || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Where nothing gets through at all, the words say so, and not which timer ended.
func TestNoAnswer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = check.Run(ctx, check.Options{URL: "https://" + l.Addr().String(), Token: token})
	if err == nil || !strings.Contains(err.Error(), "this network does not let https through") {
		t.Errorf("got %v", err)
	}
}

// Without the server's authority nothing is sent to it, and no relay over TLS is trusted either.
func TestCertificatesAreChecked(t *testing.T) {
	s := newServer(t, true)
	if _, err := check.Run(t.Context(), check.Options{URL: s.URL, Token: token}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
	s = newServer(t, true, check.RelayTLS)
	s.relay.useCertificate(t, otherCertificate(t))
	r := s.run(t, check.Options{URL: s.URL, Token: token}, 2*time.Second)
	if got := open(t, r); slices.Contains(got, check.RelayTLS) {
		t.Errorf("open: %v", got)
	}
}
