package ingress

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/handover"
)

// A client that begins with a STUN message after the TLS handshake is handed over with its address in front, whatever it says
// of protocols; one that speaks HTTP is served, without ALPN too.
func TestTURNIsHandedOver(t *testing.T) {
	up := startUpstreams(t)
	cfg, ca := certified(t, up.config())
	cfg.TURN = filepath.Join(t.TempDir(), "turn.sock")
	l, err := handover.Listen(cfg.TURN, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	clients := make(chan string, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { // echoes what comes after the line
				defer c.Close()
				r := bufio.NewReader(c)
				client, _, err := handover.ReadLine(r)
				if err != nil {
					clients <- err.Error()
					return
				}
				clients <- client.String()
				io.Copy(c, r)
			}()
		}
	}()
	f := startIngress(t, cfg)
	f.ca = ca
	message := append([]byte{0, 3, 0, 0, 0x21, 0x12, 0xa4, 0x42}, bytes.Repeat([]byte{7}, 12)...)
	for _, protocols := range [][]string{nil, {"stun.turn"}, {"http/1.1"}} {
		conn, err := tls.Dial("tcp", f.addr, &tls.Config{RootCAs: ca, NextProtos: protocols})
		if err != nil {
			t.Fatalf("%v: %v", protocols, err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		got := make([]byte, len(message))
		for range 3 {
			if _, err := conn.Write(message); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, message) {
				t.Fatalf("%v: got %x, %v", protocols, got, err)
			}
		}
		if client := <-clients; client != conn.LocalAddr().String() {
			t.Errorf("%v: the client is %s, want %s", protocols, client, conn.LocalAddr())
		}
		conn.Close()
	}
	for _, protocols := range [][]string{nil, {"http/1.1"}, {"nonsense"}} {
		conn, err := tls.Dial("tcp", f.addr, &tls.Config{RootCAs: ca, NextProtos: protocols})
		if err != nil {
			t.Fatalf("%v: %v", protocols, err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		fmt.Fprintf(conn, "GET /rehab/ HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", f.addr)
		if raw, _ := io.ReadAll(conn); !strings.HasPrefix(string(raw), "HTTP/1.1 200") {
			t.Errorf("%v: got %q", protocols, raw[:min(len(raw), 100)])
		}
		conn.Close()
	}
	res, err := f.client(t, true).Get("https://" + f.addr + "/rehab/")
	if err != nil || res.ProtoMajor != 2 || res.StatusCode != http.StatusOK {
		t.Errorf("HTTP/2: %v, %v", res, err)
	} else {
		res.Body.Close()
	}
	// Without a TURN server the connection ends, and nothing else does.
	l.Close()
	conn, err := tls.Dial("tcp", f.addr, &tls.Config{RootCAs: ca})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	conn.Write(message)
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("answered without a TURN server")
	} else if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		t.Error("the connection stays open without a TURN server")
	}
}

// Browsers' TURN clients are not asked for a certificate; devices and pages are.
func TestWhoIsAskedForACertificate(t *testing.T) {
	config := &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	h := listenHandshakes(t.Context(), l, config, "", slog.New(slog.DiscardHandler))
	for _, tt := range []struct {
		name   string
		suites []uint16
		protos []string
		asked  bool
	}{
		{"page in Chromium", []uint16{0x5a5a, tls.TLS_AES_128_GCM_SHA256}, protocols, true},
		{"TURN in Chromium", []uint16{0x0a0a, tls.TLS_AES_128_GCM_SHA256}, nil, false},
		{"device", []uint16{tls.TLS_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA}, nil, true},
		{"almost", []uint16{0x1a2a, 0x0a1a, 0xaa0a}, nil, true},
	} {
		c, err := h.config.GetConfigForClient(&tls.ClientHelloInfo{CipherSuites: tt.suites, SupportedProtos: tt.protos})
		if err != nil {
			t.Fatal(err)
		}
		if c == nil {
			c = h.config
		}
		if asked := c.ClientAuth != tls.NoClientCert; asked != tt.asked {
			t.Errorf("%s: asked %t, want %t", tt.name, asked, tt.asked)
		}
	}
}
