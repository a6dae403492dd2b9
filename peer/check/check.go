// Package check finds out which ways to a server this network leaves open, as the waiting page does it: it makes a
// connection to the server's echo peer (rehab/connectivity) on each way at once and counts only what comes back. Start at
// Run; print.go writes the result for people.
package check

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gotera/gotera/proto/signal"
)

// Way is a way on which sound and picture may travel.
type Way string

// The ways, in the order in which a session takes them when several are open.
const (
	UDP      Way = "udp"      // straight to the server
	TCP      Way = "tcp"      // likewise
	RelayUDP Way = "turn-udp" // to the server's relay, from there on UDP
	RelayTCP Way = "turn-tcp"
	RelayTLS Way = "turn-tls"
)

// Ways are all of them.
var Ways = []Way{UDP, TCP, RelayUDP, RelayTCP, RelayTLS}

// Limit is how long Run takes at most.
const Limit = 10 * time.Second

// Options says what to check.
type Options struct {
	URL    string        // a participant's link, a session's URL with its key, or, with Token, the server's address
	Token  string        // of a device, user or participant; only with a server's address
	Socket string        // websocket to be opened and closed, of a session's URL; "": none
	TLS    *tls.Config   // trust for https, wss and relays over TLS; nil: the system's
	Slower time.Duration // how much longer than another a way may take; default 3 s
}

// Result is what was found out.
type Result struct {
	Web    Step  // the server answers https
	Socket *Step // and upgrades a websocket; nil: not tried
	Ways   []Try // in the order of Ways
}

// Step is one thing that was tried.
type Step struct {
	OK   bool
	Took time.Duration
	Err  error // when not OK
}

// Try is a way that was tried.
type Try struct {
	Way     Way
	Offered bool // by the server; false: there was nothing to try
	OK      bool
	RTT     time.Duration // of a message and its echo
	IPv6    bool          // towards the server or its relay
	Err     error         // when offered and not OK
}

// Best is the way that a session takes here; "" when none is open.
func (r Result) Best() Way {
	for _, t := range r.Ways {
		if t.OK {
			return t.Way
		}
	}
	return ""
}

// Run checks all ways at the same time. Its error is that nothing could be tried: the URL is of no use, or the server did
// not answer or refused.
func Run(ctx context.Context, o Options) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	if o.TLS == nil {
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if o.Slower <= 0 {
		o.Slower = 3 * time.Second
	}
	e, err := newEndpoint(o)
	if err != nil {
		return Result{}, err
	}
	defer e.client.CloseIdleConnections()
	var r Result
	start := time.Now()
	relays, err := e.relays(ctx)
	r.Web = Step{err == nil, time.Since(start), err}
	if err != nil {
		return r, err
	}
	var trying sync.WaitGroup
	if o.Socket != "" {
		r.Socket = &Step{}
		trying.Go(func() { *r.Socket = upgrade(ctx, o) })
	}
	r.Ways = make([]Try, len(Ways))
	for i, way := range Ways {
		trying.Go(func() {
			if r.Ways[i] = try(ctx, e, way, relaysOf(way, relays)); r.Ways[i].OK {
				time.AfterFunc(o.Slower, cancel)
			}
		})
	}
	trying.Wait()
	return r, nil
}

// upgrade opens the websocket and closes it before anybody has joined.
func upgrade(ctx context.Context, o Options) Step {
	start := time.Now()
	d := websocket.Dialer{TLSClientConfig: o.TLS.Clone(), HandshakeTimeout: Limit / 2, Proxy: http.ProxyFromEnvironment}
	ws, res, err := d.DialContext(ctx, o.Socket, nil)
	if err != nil {
		if res != nil {
			err = fmt.Errorf("the server answered %s", res.Status)
		}
		return Step{Err: err}
	}
	_ = ws.Close()
	return Step{OK: true, Took: time.Since(start)}
}

// try opens one way and sends messages on it.
func try(ctx context.Context, e *endpoint, way Way, relays []signal.ICEServer) Try {
	t := Try{Way: way, Offered: way == UDP || way == TCP || len(relays) > 0}
	if !t.Offered {
		return t
	}
	c, err := connect(ctx, e, way, relays)
	if err == nil {
		defer c.close()
		t.RTT, err = c.echo(ctx)
	}
	if err != nil {
		t.Err = err
		return t
	}
	t.OK, t.IPv6 = true, c.ipv6()
	return t
}
