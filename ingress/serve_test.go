package ingress

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestStopClosesWebsocketsAndLetsRequestsFinish(t *testing.T) {
	up := startUpstreams(t)
	cfg, ca := certified(t, up.config())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Log = slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, cfg) }()
	f := &front{addr: l.Addr().String(), ca: ca}
	conn, _, err := f.websocket(t, fmt.Sprintf("/websocket/%d/users", up.base))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.ReadMessage()
	res, err := f.client(t, false).Get("https://" + f.addr + "/rehab/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	cancel()
	for range 3 { // while the ingress is stopping
		up.next <- struct{}{}
	}
	if body, err := io.ReadAll(res.Body); strings.Count(string(body), "data:") != 3 || err != nil {
		t.Errorf("the running request: got %q, %v", body, err)
	}
	conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, _, err := conn.ReadMessage(); err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("the websocket: got %v, want that it is closed", err)
	}
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("Serve does not return")
	}
}

func TestRunListensAndStops(t *testing.T) {
	up := startUpstreams(t)
	cfg, ca := certified(t, up.config())
	cfg.Listen, cfg.Log = freePort(t), slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- Run(ctx, cfg) }()
	f := &front{addr: cfg.Listen, ca: ca}
	c := f.client(t, true)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		res, err := c.Get("https://" + f.addr + "/")
		if err == nil {
			res.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestServiceDownAndBack(t *testing.T) {
	up := startUpstreams(t)
	cfg, ca := certified(t, up.config())
	f := startIngress(t, cfg)
	f.ca = ca
	status := func() int {
		res, _ := get(t, f.client(t, false), "POST", "https://"+f.addr+"/rehab/x", nil, strings.NewReader("x"))
		return res.StatusCode
	}
	addr := up.rehab.Listener.Addr().String()
	if got := status(); got != 200 {
		t.Fatalf("got %d, want 200", got)
	}
	up.rehab.Close()
	for range 3 {
		if got := status(); got != 502 {
			t.Errorf("down: got %d, want 502", got)
		}
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	again := &http.Server{Handler: up.handler("rehab")}
	go again.Serve(l)
	defer again.Close()
	for range 2 {
		if got := status(); got != 200 {
			t.Errorf("back: got %d, want 200", got)
		}
	}
	if log := f.logs(); strings.Count(log, "service does not answer") != 1 || strings.Count(log, "service is back") != 1 {
		t.Errorf("log: got\n%swant one line for down, one for back", log)
	}
}

func TestPathsThatMeanSomethingElse(t *testing.T) {
	up := startUpstreams(t)
	cfg, ca := certified(t, up.config())
	f := startIngress(t, cfg)
	f.ca = ca
	for _, path := range []string{
		fmt.Sprintf("/webrtc/%d/../../api", up.base), "/rehab/../api", "/rehab/%2e%2e/api", "/./x", "*", "/rehab/..",
	} {
		c := f.dial(t)
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
		line := make([]byte, 12)
		if _, err := io.ReadFull(c, line); err != nil || string(line) != "HTTP/1.1 400" {
			t.Errorf("%s: got %q, %v, want 400", path, line, err)
		}
		c.Close()
	}
}

func TestTimeouts(t *testing.T) {
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer slow.Close()
	defer close(release)
	p := newProxy(Config{Core: slow.Listener.Addr().String(), Log: slog.New(slog.DiscardHandler)})
	p.proxies["/"].Transport = newTransport(100 * time.Millisecond)
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
	if w.Code != http.StatusGatewayTimeout {
		t.Errorf("got %d, want 504", w.Code)
	}
}

func TestConfigurationErrors(t *testing.T) {
	good := Defaults()
	for name, change := range map[string]func(*Config){
		"core":        func(c *Config) { c.Core = "" },
		"ports":       func(c *Config) { c.BasePort, c.MaxSessions = 65530, 10 },
		"listen":      func(c *Config) { c.Listen, c.ExternalPort = "nonsense", 0 },
		"certificate": func(c *Config) { c.CertFile = "/nonexistent" },
	} {
		cfg := good
		change(&cfg)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := Serve(t.Context(), l, cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
		if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
			t.Errorf("%s: still listens", name)
		}
	}
	cfg := good
	cfg.Listen = "127.0.0.1:99999"
	if err := Run(t.Context(), cfg); err == nil {
		t.Error("listens on port 99999")
	}
}
