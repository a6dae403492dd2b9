package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/opentera"
)

// operation is what a client does again and again; n counts up over all clients. The rows asked for are in project 1 of
// site 1, which all three roles may see.
type operation struct {
	name  string
	login bool // by password, one project user per client: an account has at most five logins under way
	paths func(n int) []string
}

var operations = []operation{
	{"login", true, func(int) []string { return []string{"/api/user/login"} }},
	{"participants of a site", false, func(int) []string { return []string{"/api/user/participants?id_site=1"} }},
	{"session and its events", false, func(n int) []string {
		id := 1 + n%25*200 + n/25%10*5000
		return []string{fmt.Sprintf("/api/user/sessions?id_session=%d", id), fmt.Sprintf("/api/user/sessions/events?id_session=%d", id)}
	}},
	{"sessions of a participant", false, func(n int) []string {
		return []string{fmt.Sprintf("/api/user/sessions?id_participant=%d", 1+n%25*200)}
	}},
	{"online lists", false, func(int) []string {
		return []string{"/api/user/users/online", "/api/user/participants/online", "/api/user/devices/online"}
	}},
	{"statistics of a project", false, func(int) []string { return []string{"/api/user/stats?id_project=1"} }},
}

// roles are the users that ask.
var roles = []struct{ name, username string }{
	{"super-administrator", "admin"}, {"site administrator", "user2"}, {"project user", "user22"},
}

// result is one operation of one role at one number of clients.
type result struct {
	operation, role string
	clients         int
	done            int
	p50, p99        time.Duration
	perSecond       float64
	serverCPU, pg   time.Duration // per operation
	missing         bool          // the server does not have it
}

var errMissing = errors.New("not there")

// measure runs an operation for a time and some more to warm up.
func (s *system) measure(ctx context.Context, o operation, role, username string, clients int, most time.Duration) (result, error) {
	r := result{operation: o.name, role: role, clients: clients}
	auth := func(client int, req *http.Request) { req.SetBasicAuth(fmt.Sprintf("user%d", 22+client), password) }
	if !o.login {
		t, err := s.token(ctx, username)
		if err != nil {
			return r, err
		}
		auth = func(_ int, req *http.Request) { req.Header.Set("Authorization", "OpenTera "+t) }
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true}}
	defer client.CloseIdleConnections()
	var count atomic.Int64
	once := func(ctx context.Context, n int) error {
		for _, path := range o.paths(int(count.Add(1))) {
			if err := fetch(ctx, client, s.url(path), func(req *http.Request) { auth(n, req) }); err != nil {
				return fmt.Errorf("%s as %s: %w", path, role, err)
			}
		}
		return nil
	}
	if err := once(ctx, 0); err != nil {
		if errors.Is(err, errMissing) {
			r.missing = true
			return r, nil
		}
		return r, err
	}
	if _, _, err := s.run(ctx, clients, most/4, once); err != nil {
		return r, err
	}
	before, err := usageOf(s.server.Process.Pid)
	if err != nil {
		return r, err
	}
	pg := cpuOfChildren(s.postgres.Process.Pid)
	times, elapsed, err := s.run(ctx, clients, most, once)
	if err != nil {
		return r, err
	}
	after, err := usageOf(s.server.Process.Pid)
	if err != nil {
		return r, err
	}
	slices.Sort(times)
	r.done = len(times)
	r.p50, r.p99 = times[len(times)/2], times[len(times)*99/100]
	r.perSecond = float64(r.done) / elapsed.Seconds()
	r.serverCPU = (after.cpu - before.cpu) / time.Duration(r.done)
	r.pg = (cpuOfChildren(s.postgres.Process.Pid) - pg) / time.Duration(r.done)
	return r, nil
}

// run lets clients call once until the time is over; each finishes what it has begun.
func (s *system) run(ctx context.Context, clients int, most time.Duration, once func(ctx context.Context, client int) error) ([]time.Duration, time.Duration, error) {
	var wg sync.WaitGroup
	times := make([][]time.Duration, clients)
	errs := make([]error, clients)
	began := time.Now()
	for i := range clients {
		wg.Go(func() {
			for time.Since(began) < most {
				t := time.Now()
				if errs[i] = once(ctx, i); errs[i] != nil {
					return
				}
				times[i] = append(times[i], time.Since(t))
			}
		})
	}
	wg.Wait()
	return slices.Concat(times...), time.Since(began), errors.Join(errs...)
}

func fetch(ctx context.Context, client *http.Client, url string, auth func(*http.Request)) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	auth(req)
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return err
	case res.StatusCode == http.StatusNotFound:
		return errMissing
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %.200s", res.Status, raw)
	case len(strings.TrimSpace(string(raw))) < 5: // "null" and "[]" would be fast
		return fmt.Errorf("an empty answer: %q", raw)
	}
	return nil
}

// populate tells the server that 50 users, 100 participants and 50 devices of site 1 are online.
func (s *system) populate(ctx context.Context) error {
	var online []proto.Message
	for _, k := range []struct {
		table, key, which string
		event             func(uuid string) proto.Message
	}{
		{"t_users", "user", "id_user % 20 = 2 ORDER BY id_user LIMIT 50", func(uuid string) proto.Message {
			return &opentera.UserEvent{UserUuid: uuid, Type: opentera.UserEvent_USER_CONNECTED}
		}},
		{"t_participants", "participant", "id_participant % 20 = 1 ORDER BY id_participant LIMIT 100", func(uuid string) proto.Message {
			return &opentera.ParticipantEvent{ParticipantUuid: uuid, Type: opentera.ParticipantEvent_PARTICIPANT_CONNECTED}
		}},
		{"t_devices", "device", "id_device % 20 = 1 ORDER BY id_device LIMIT 50", func(uuid string) proto.Message {
			return &opentera.DeviceEvent{DeviceUuid: uuid, Type: opentera.DeviceEvent_DEVICE_CONNECTED}
		}},
	} {
		uuids, err := s.texts(ctx, "SELECT "+k.key+"_uuid FROM "+k.table+" WHERE "+k.which)
		if err != nil {
			return err
		}
		for _, uuid := range uuids {
			online = append(online, k.event(uuid))
		}
	}
	for _, m := range online {
		if err := s.bus.PublishModule(ctx, bus.ModuleMessages(bus.UserManager), "bench", bus.UserManager, m); err != nil {
			return err
		}
	}
	return wait(ctx, 20*time.Second, func() error {
		t, err := s.token(ctx, "admin")
		if err != nil {
			return err
		}
		var devices []any
		err = s.get(ctx, "/api/user/devices/online", func(r *http.Request) { r.Header.Set("Authorization", "OpenTera "+t) }, &devices)
		if err == nil && len(devices) < 50 {
			err = fmt.Errorf("%d devices are online", len(devices))
		}
		return err
	})
}
