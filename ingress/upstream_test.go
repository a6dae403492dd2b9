package ingress

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/gotera/gotera/proto/porttest"
)

// upstreams are services that tell what they see. Rooms have the ports base and base+2; base+1 is dead.
type upstreams struct {
	core, logs, files, email, rehab, room, lastRoom *httptest.Server
	base                                            int
	next                                            chan struct{} // the stream of events goes on
}

// seen is what a service tells about a request.
type seen struct {
	Service string
	Method  string
	URI     string
	Host    string
	Header  http.Header
	Body    int64
}

func startUpstreams(t *testing.T) *upstreams {
	t.Helper()
	up := &upstreams{next: make(chan struct{})}
	for name, s := range map[string]**httptest.Server{
		"core": &up.core, "logs": &up.logs, "files": &up.files, "email": &up.email, "rehab": &up.rehab,
	} {
		*s = up.start(t, name, nil)
	}
	up.rehab.Close() // it comes back at its port
	again, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", porttest.Take(t, 1)))
	if err != nil {
		t.Fatal(err)
	}
	up.rehab = up.start(t, "rehab", again)
	up.base = porttest.Take(t, 3)
	first, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", up.base))
	if err != nil {
		t.Fatal(err)
	}
	last, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", up.base+2))
	if err != nil {
		t.Fatal(err)
	}
	up.room, up.lastRoom = up.start(t, "room", first), up.start(t, "last room", last)
	return up
}

func (up *upstreams) start(t *testing.T, name string, l net.Listener) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(up.handler(name))
	if l != nil {
		s.Listener.Close()
		s.Listener = l
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (up *upstreams) config() Config {
	addr := func(s *httptest.Server) string { return s.Listener.Addr().String() }
	return Config{
		Listen: ":0", Core: addr(up.core), Logs: addr(up.logs), Files: addr(up.files), Email: addr(up.email), Rehab: addr(up.rehab),
		BasePort: up.base, MaxSessions: 3, ExternalHost: "tele.example.org", ExternalPort: 40075,
	}
}

func (up *upstreams) handler(service string) http.Handler {
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			return
		}
		told := seen{service, r.Method, r.RequestURI, r.Host, r.Header, n}
		switch {
		case websocket.IsWebSocketUpgrade(r):
			conn, err := upgrader.Upgrade(w, r, nil)
			if err != nil {
				return
			}
			defer conn.Close()
			conn.WriteJSON(told)
			for {
				kind, data, err := conn.ReadMessage()
				if err != nil || conn.WriteMessage(kind, data) != nil {
					return
				}
			}
		case strings.HasSuffix(r.URL.Path, "/events"):
			w.Header().Set("Content-Type", "text/event-stream")
			for i := range 3 {
				fmt.Fprintf(w, "data: %d\n\n", i)
				w.(http.Flusher).Flush()
				select {
				case <-up.next:
				case <-r.Context().Done():
					return
				}
			}
		case strings.HasSuffix(r.URL.Path, "/redirect"):
			w.Header().Set("Location", r.URL.Query().Get("to"))
			w.WriteHeader(http.StatusFound)
		case strings.HasSuffix(r.URL.Path, "/teapot"):
			w.Header().Set("WWW-Authenticate", "Basic")
			http.Error(w, "of the service", http.StatusBadGateway)
		default:
			w.Header().Set("Content-Type", "application/json")
			json.NewEncoder(w).Encode(told)
		}
	})
}
