package ingress

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever connects and says nothing, not all, or nothing more keeps the connection no longer than others need.
func TestSilentConnections(t *testing.T) {
	cfg, _ := certified(t, Config{Core: "127.0.0.1:1", BasePort: 8080, MaxSessions: 1, ExternalHost: "x", ExternalPort: 40075})
	cert, err := tls.LoadX509KeyPair(cfg.CertFile, cfg.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Log = slog.New(slog.DiscardHandler)
	for _, tt := range []struct {
		name, says string
		encrypted  bool
		want       time.Duration
	}{
		{"no handshake", "", false, headerTimeout},
		{"half a handshake", "\x16\x03\x01\x02", false, headerTimeout},
		{"half a plain request", "GET / HT", false, headerTimeout},
		{"no request", "", true, headerTimeout},
		{"half a request", "GET / HTTP/1.1\r\nHost: x\r\n", true, headerTimeout},
		{"one request", "GET /webrtc/1/x HTTP/1.1\r\nHost: x\r\n\r\n", true, idleTimeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := cfg
				cfg.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
				l := newPipes()
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- Serve(ctx, l, cfg) }()
				c, err := l.dial(ctx, "", "")
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				c.SetDeadline(began.Add(time.Hour))
				if tt.encrypted {
					c = tls.Client(c, &tls.Config{InsecureSkipVerify: true})
				}
				var conn net.Conn = c
				go fmt.Fprint(conn, tt.says)
				if _, err := io.Copy(io.Discard, conn); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("the connection ends with %v", err)
				}
				if took := time.Since(began); took < tt.want || took > tt.want+time.Second {
					t.Errorf("closed after %v, want %v", took, tt.want)
				}
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
				time.Sleep(time.Minute) // what waits in the background ends
			})
		})
	}
}

// The bounds on connections hold: the oldest of an address gives way.
func TestConnectionsAreBounded(t *testing.T) {
	before := conns
	t.Cleanup(func() { conns = before })
	conns.Each = 3
	cfg, ca := certified(t, startUpstreams(t).config())
	f := startIngress(t, cfg)
	f.ca = ca
	var list []*tls.Conn
	for range conns.Each + 1 {
		list = append(list, f.dial(t))
	}
	list[0].SetDeadline(time.Now().Add(headerTimeout / 2))
	var timeout net.Error
	if _, err := list[0].Read(make([]byte, 1)); err == nil || errors.As(err, &timeout) && timeout.Timeout() {
		t.Errorf("the oldest: %v, want that it is closed", err)
	}
	fmt.Fprint(list[1], "GET /rehab/ HTTP/1.1\r\nHost: x\r\n\r\n")
	if _, err := list[1].Read(make([]byte, 1)); err != nil {
		t.Errorf("the next: %v", err)
	}
}
