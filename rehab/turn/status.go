package turn

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/gotera/gotera/proto/handover"
)

// Status is what the server says of itself on its status socket: GET /status. POST /stop ends it.
type Status struct {
	PID         int               `json:"pid"`
	Open        map[string]bool   `json:"open"`        // fronts that listen
	Closed      map[string]string `json:"closed"`      // configured ones that do not yet, and why
	Opening     []string          `json:"opening"`     // and those that have not been tried yet
	Allocations int               `json:"allocations"` // now
	Connections int               `json:"connections"` // now
	Made        uint64            `json:"made"`        // allocations since it began
	BytesIn     uint64            `json:"bytes_in"`    // relayed to rooms
	BytesOut    uint64            `json:"bytes_out"`   // relayed from rooms
	Refused     map[string]uint64 `json:"refused"`     // by reason
	Flags       []string          `json:"flags"`       // with which it was started
}

func (s *Server) status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Status{
		PID: os.Getpid(), Open: map[string]bool{}, Closed: map[string]string{}, Allocations: len(s.relays), Connections: len(s.streams), Made: s.counts.made.Load(),
		BytesIn: s.counts.bytesIn.Load(), BytesOut: s.counts.bytesOut.Load(), Refused: s.counts.refusedByReason(), Flags: s.cfg.Flags(),
	}
	maps.Copy(st.Open, s.open)
	maps.Copy(st.Closed, s.closed)
	st.Opening = slices.Sorted(maps.Keys(s.opening))
	return st
}

// serveStatus answers on l until the result is called.
func (s *Server) serveStatus(l net.Listener, stop func()) (end func()) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(s.status()) //nolint:errcheck // the client has gone
	})
	mux.HandleFunc("POST /stop", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		stop()
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 8 << 10}
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve(l) //nolint:errcheck // it is closed
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		server.Shutdown(ctx) //nolint:errcheck // the process ends
		<-done
	}
}

// Client asks the server whose status socket is at a path.
type Client struct{ http http.Client }

// NewClient makes a client; nothing is opened before it asks.
func NewClient(path string) *Client {
	return &Client{http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return handover.Dial(ctx, path) },
	}}}
}

// Status asks what the server does.
func (c *Client) Status(ctx context.Context) (st Status, err error) {
	err = c.do(ctx, http.MethodGet, "/status", &st)
	return st, err
}

// Stop has the server end.
func (c *Client) Stop(ctx context.Context) error { return c.do(ctx, http.MethodPost, "/stop", nil) }

func (c *Client) do(ctx context.Context, method, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://turn"+path, nil)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("TURN server answered %d", res.StatusCode)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(http.MaxBytesReader(nil, res.Body, 1<<20)).Decode(into)
}
