package ingress

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener of connections within the process, whose timeouts follow the clock of synctest.
type pipes struct {
	next   chan net.Conn
	closed context.Context
	close  context.CancelFunc
}

func newPipes() *pipes {
	ctx, cancel := context.WithCancel(context.Background())
	return &pipes{make(chan net.Conn), ctx, cancel}
}

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.next <- far:
		return near, nil
	case <-p.closed.Done():
		return nil, net.ErrClosed
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.next:
		return c, nil
	case <-p.closed.Done():
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.close(); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// proxied serves a proxy with a limit before a core that is service, down if that is nil, and returns a connection to it.
func proxied(t *testing.T, limit time.Duration, service http.HandlerFunc) net.Conn {
	t.Helper()
	ingress, core := newPipes(), newPipes()
	p := newProxy(Config{Core: "core:1", Rehab: "core:1", BasePort: 8080, MaxSessions: 1, Log: slog.New(slog.DiscardHandler)})
	p.limit = limit
	p.proxies["/"].Transport.(*http.Transport).DialContext = core.dial
	if service == nil {
		core.close()
	}
	for l, h := range map[*pipes]http.Handler{ingress: p, core: service} {
		s := &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout}
		go s.Serve(l) //nolint:errcheck // it is closed
		t.Cleanup(func() { s.Close() })
	}
	c, err := ingress.dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// short is a limit of tests on the real clock: synctest's stands still while a goroutine waits for a mutex, as that of a body.
const short = 200 * time.Millisecond

// Whoever announces a body and does not send it keeps neither the connection nor what answers on it.
func TestBodyThatNobodyWantsAndThatDoesNotCome(t *testing.T) {
	for name, path := range map[string]string{
		"redirect": "/rehab", "bad path": "/../x", "no such room": "/webrtc/1/x", "early answer": "/early", "early answer without text": "/empty",
	} {
		for _, header := range []string{"Content-Length: 1000", "Content-Length: 1000\r\nConnection: close", "Transfer-Encoding: chunked"} {
			t.Run(name+" "+header, func(t *testing.T) {
				t.Parallel()
				c := proxied(t, short, func(w http.ResponseWriter, q *http.Request) {
					w.WriteHeader(http.StatusUnauthorized)
					if q.URL.Path == "/early" {
						io.WriteString(w, "who are you?") //nolint:errcheck // the client has gone
					}
				})
				c.SetDeadline(time.Now().Add(20 * time.Second))
				fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n", path, header)
				if _, err := io.Copy(io.Discard, c); err != nil {
					t.Errorf("%v, want that the connection is closed", err)
				}
			})
		}
	}
}

// Whoever asks for something and does not read it keeps neither the connection nor the service that answers.
func TestAnswerThatNobodyReads(t *testing.T) {
	ended := make(chan struct{})
	c := proxied(t, short, func(w http.ResponseWriter, _ *http.Request) {
		defer close(ended)
		for {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	})
	fmt.Fprint(c, "GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the service goes on")
	}
}

// A client that waits to be asked for its body is told at once that the service is down: it would not send it.
func TestBodyThatIsNotAskedFor(t *testing.T) {
	c := proxied(t, time.Minute, nil)
	c.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprint(c, "POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != http.StatusBadGateway {
		t.Fatalf("got %v, %v, want 502", res, err)
	}
	if !res.Close {
		t.Error("the connection stays open: the body may be taken for a request")
	}
}

// An answer may take its time, whether the service has read the body or not.
func TestLongAnswerToABody(t *testing.T) {
	for _, path := range []string{"/early", "/late"} {
		synctest.Test(t, func(t *testing.T) {
			c := proxied(t, clientTimeout, func(w http.ResponseWriter, q *http.Request) {
				if q.URL.Path == "/late" {
					io.Copy(io.Discard, q.Body) //nolint:errcheck // the answer tells
				}
				for range 10 {
					fmt.Fprintln(w, "line")
					w.(http.Flusher).Flush()
					time.Sleep(clientTimeout / 2)
				}
			})
			go fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n%s", path, strings.Repeat("x", 1000))
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			if text, err := io.ReadAll(res.Body); strings.Count(string(text), "line") != 10 || err != nil {
				t.Errorf("%s: got %q, %v, want 10 lines", path, text, err)
			}
		})
	}
}

// A slow upload goes on for as long as something comes.
func TestSlowUpload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := proxied(t, clientTimeout, func(w http.ResponseWriter, q *http.Request) {
			n, err := io.Copy(io.Discard, q.Body)
			fmt.Fprint(w, n, err)
		})
		go func() {
			fmt.Fprint(c, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nConnection: close\r\n\r\n")
			for range 10 {
				time.Sleep(clientTimeout - time.Second)
				fmt.Fprint(c, "x")
			}
		}()
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(res.Body); string(text) != "10 <nil>" || err != nil {
			t.Errorf("got %q, %v", text, err)
		}
	})
}
