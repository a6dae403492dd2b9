package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/opentera"
)

// sockets is what many open websockets cost and how fast one event reaches all of them.
type sockets struct {
	open           int
	opening        time.Duration // from the first login to the last websocket
	before, rss    int           // KiB
	toAll, toUsers []time.Duration
	users          int
}

// openSockets opens websockets of 400 users, of devices and of participants.
func (s *system) openSockets(ctx context.Context, number int) (sockets, error) {
	r := sockets{open: number, users: min(400, number/5)}
	u, err := usageOf(s.server.Process.Pid)
	if err != nil {
		return r, err
	}
	r.before = u.rss
	accounts, err := s.accounts(ctx, r.users, number)
	if err != nil {
		return r, err
	}
	frames := make(chan string, 1<<17)
	conns := make([]*websocket.Conn, number)
	defer func() {
		for _, c := range conns {
			if c != nil {
				c.Close()
			}
		}
	}()
	began := time.Now()
	var next atomic.Int64
	errs := make([]error, 16)
	var wg sync.WaitGroup
	for w := range errs {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= number {
					return
				}
				if conns[i], errs[w] = s.openSocket(ctx, accounts[i]); errs[w] != nil {
					errs[w] = fmt.Errorf("websocket of %s %d: %w", accounts[i].kind, i, errs[w])
					return
				}
				go func() {
					for {
						_, raw, err := conns[i].ReadMessage()
						if err != nil {
							return
						}
						frames <- string(raw)
					}
				}()
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return r, err
	}
	r.opening = time.Since(began)
	if err := settle(ctx, frames); err != nil {
		return r, err
	}
	if u, err = usageOf(s.server.Process.Pid); err != nil {
		return r, err
	}
	r.rss = u.rss
	for n := range 9 {
		// A stop goes to everybody; a participant of project 1 is of interest to the users of that project and their
		// administrators alone, which the core has to find out.
		stop := fmt.Sprintf("stop-%d", n)
		d, err := s.broadcast(ctx, frames, stop, number, &opentera.StopSessionEvent{SessionUuid: stop})
		if err != nil {
			return r, err
		}
		r.toAll = append(r.toAll, d)
		if err := settle(ctx, frames); err != nil {
			return r, err
		}
		name := fmt.Sprintf("name-%d", n)
		d, err = s.broadcast(ctx, frames, name, accountsOf(accounts), &opentera.ParticipantEvent{
			ParticipantUuid: accounts[number-1].participant1, Type: opentera.ParticipantEvent_PARTICIPANT_CONNECTED, ParticipantName: name,
		})
		if err != nil {
			return r, err
		}
		r.toUsers = append(r.toUsers, d)
		if err := settle(ctx, frames); err != nil {
			return r, err
		}
	}
	return r, nil
}

// account is who opens a websocket.
type account struct {
	kind         string
	auth         func(*http.Request)
	sees         bool   // participant 1
	participant1 string // its uuid
}

func accountsOf(all []account) int {
	n := 0
	for _, a := range all {
		if a.sees {
			n++
		}
	}
	return n
}

func (s *system) accounts(ctx context.Context, users, number int) ([]account, error) {
	first, err := s.texts(ctx, "SELECT participant_uuid FROM t_participants WHERE id_participant = 1")
	if err != nil {
		return nil, err
	}
	var all []account
	for u := 2; u < 2+users; u++ {
		name := fmt.Sprintf("user%d", u)
		all = append(all, account{kind: "user", sees: u == 2 || u >= 22 && (u-22)%200 == 0, auth: func(r *http.Request) { r.SetBasicAuth(name, password) }})
	}
	devices := (number - users) / 4
	for _, k := range []struct {
		kind, query string
	}{
		{"device", fmt.Sprintf("SELECT device_token FROM t_devices ORDER BY id_device LIMIT %d", devices)},
		{"participant", fmt.Sprintf("SELECT participant_token FROM t_participants ORDER BY id_participant LIMIT %d", number-users-devices)},
	} {
		tokens, err := s.texts(ctx, k.query)
		if err != nil {
			return nil, err
		}
		for i, t := range tokens {
			all = append(all, account{
				kind: k.kind, sees: i == 0, participant1: first[0], // device 1 is lent to participant 1
				auth: func(r *http.Request) { r.Header.Set("Authorization", "OpenTera "+t) },
			})
		}
	}
	return all, nil
}

func (s *system) openSocket(ctx context.Context, a account) (*websocket.Conn, error) {
	path := "/api/" + a.kind + "/login"
	if a.kind != "device" {
		path += "?with_websocket=true"
	}
	var answer struct {
		URL string `json:"websocket_url"`
	}
	if err := s.get(ctx, path, a.auth, &answer); err != nil {
		return nil, err
	}
	u, err := url.Parse(answer.URL)
	if err != nil {
		return nil, err
	}
	dialer := websocket.Dialer{HandshakeTimeout: 30 * time.Second, ReadBufferSize: 1024, WriteBufferSize: 256}
	conn, _, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(s.url(u.RequestURI()), "http"), nil)
	return conn, err
}

// broadcast publishes an event as the user manager does and returns how long it takes to come n times.
func (s *system) broadcast(ctx context.Context, frames <-chan string, mark string, n int, m proto.Message) (time.Duration, error) {
	began := time.Now()
	if err := s.bus.PublishEvent(ctx, bus.ModuleEvents(bus.UserManager), m); err != nil {
		return 0, err
	}
	for got := 0; got < n; {
		select {
		case f := <-frames:
			if strings.Contains(f, mark) {
				got++
			}
		case <-time.After(20 * time.Second):
			return 0, fmt.Errorf("%d of %d websockets got the event", got, n)
		}
	}
	return time.Since(began), nil
}

// settle waits until no frame has come for a while.
func settle(ctx context.Context, frames <-chan string) error {
	for {
		select {
		case <-frames:
		case <-time.After(1500 * time.Millisecond):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func medianOf(d []time.Duration) time.Duration { return slices.Sorted(slices.Values(d))[len(d)/2] }

func (s *system) texts(ctx context.Context, query string) ([]string, error) {
	conn, err := pgx.Connect(ctx, s.dsn("opentera"))
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
