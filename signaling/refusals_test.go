package signaling

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gotera/gotera/proto/control"
)

// missing stands for a request without any key, "" for one with an empty key.
const missing = "(missing)"

// way is one way into a room, or to something in it.
type way struct {
	name    string
	kinds   []string             // whose invitee keys open it
	shared  bool                 // so does the shared key
	keyless bool                 // nothing is asked of who brings no key at all
	try     func(key string) int // the status
}

// with is the query that carries a key.
func with(name, key string) string {
	if key == missing {
		return ""
	}
	return "?" + name + "=" + url.QueryEscape(key)
}

// ways are all ways into the room that answer with a status. resource is a WHIP resource that the robot's key has made.
func (r *testRoom) ways(resource string) []way {
	upgrade := func(target string) int {
		c, status := r.dialRaw(target)
		if c != nil {
			c.ws.Close() //nolint:errcheck // done with it
		}
		return status
	}
	bearer := func(method, target, scheme, key string) int {
		if key == missing {
			return r.request(method, target, "").status
		}
		return r.request(method, target, "", "Authorization", scheme+key).status
	}
	var list []way
	for _, kind := range kinds {
		page := "/" + kind + "s"
		for _, path := range []string{page, page + "/", page + "/a/b", "/websocket/8080" + page} {
			list = append(list,
				way{"GET " + path, []string{kind}, true, false, func(key string) int { return r.get(path + with("key", key)) }},
				way{"websocket " + path, []string{kind}, true, false, func(key string) int { return upgrade(path + with("key", key)) }})
		}
	}
	list = append(list, way{"status", kinds, true, false, func(key string) int { return r.get("/status" + with("key", key)) }})
	list = append(list, way{"leave", kinds, true, false,
		func(key string) int {
			return r.request(http.MethodPost, r.at("/leave")+with("key", key), "nobody's", "Content-Type", "text/plain").status
		}})
	for _, prefix := range []string{"", "/websocket/8080"} {
		for _, name := range []string{"key", "pwd"} {
			list = append(list, way{prefix + "/signaling, " + name, kinds, true, true,
				func(key string) int { return upgrade(prefix + "/signaling" + with(name, key)) }})
		}
		servers := prefix + "/iceservers"
		list = append(list,
			way{servers, kinds, true, false, func(key string) int { return bearer(http.MethodGet, r.at(servers), "", key) }},
			way{servers + ", bearer", kinds, true, false, func(key string) int { return bearer(http.MethodGet, r.at(servers), "Bearer ", key) }},
			way{servers + ", query", kinds, true, false, func(key string) int { return r.get(servers + with("pwd", key)) }})
	}
	for _, path := range []string{"/whip", "/whip/", "/whep", "/whip/unknown", "/whep/unknown"} {
		for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodPatch, http.MethodDelete} {
			list = append(list,
				way{method + " " + path, kinds, true, false, func(key string) int { return bearer(method, r.at(path), "Bearer ", key) }},
				way{method + " " + path + ", query", kinds, true, false, func(key string) int { return r.request(method, r.at(path)+with("key", key), "").status }})
		}
	}
	for _, method := range []string{http.MethodPatch, http.MethodGet, http.MethodPut} {
		list = append(list, way{method + " resource", []string{robot.Kind}, false, false,
			func(key string) int { return bearer(method, resource, "Bearer ", key) }})
	}
	return list
}

// badKeys are keys that open nothing of a room with this secret in which clinician, patient and robot are, and stranger was.
func badKeys(secret []byte) map[string]string {
	own := control.InviteeKey(secret, patient.Kind, patient.UUID)
	foreign := control.NewSecret()
	list := map[string]string{
		"missing": missing, "empty": "", "wrong": "wrong", "a dot": ".", "uuid alone": patient.UUID, "uuid and a dot": patient.UUID + ".",
		"longer": own + "A", "in capitals": strings.ToUpper(own), "of another uuid": robot.UUID + own[strings.LastIndexByte(own, '.'):],
		"shared, cut": sharedKey[:len(sharedKey)-1], "shared, longer": sharedKey + "0", "another's shared": "5a4d0000-0000-4000-8000-00000000beef",
		"removed":      control.InviteeKey(secret, stranger.Kind, stranger.UUID),
		"not invited":  control.InviteeKey(secret, patient.Kind, "00000000-0000-4000-8000-00000000ffff"),
		"no secret":    control.InviteeKey(nil, patient.Kind, patient.UUID),
		"unknown kind": control.InviteeKey(secret, "service", patient.UUID),
	}
	for i, invitee := range []control.Invitee{clinician, patient, robot} {
		key := control.InviteeKey(secret, invitee.Kind, invitee.UUID)
		list["cut, of "+invitee.Kind] = key[:len(key)-1]
		list["of another session, "+invitee.Kind] = control.InviteeKey(foreign, invitee.Kind, invitee.UUID)
		list["of another kind, "+invitee.Kind] = control.InviteeKey(secret, kinds[(i+1)%len(kinds)], invitee.UUID)
	}
	return list
}

// present is whom rehab would be told of now.
func (r *testRoom) present() []control.Peer {
	r.t.Helper()
	return await(r.t, r.events(), "state", func(e control.Event) bool { return e.Type == control.EventState }).Peers
}

// lockedLog is a log that can be read while it is written.
type lockedLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}
func (l *lockedLog) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// joinRoom tries a password by join-room of opentera-webrtc, which has no status. It reports whether it was refused as the
// protocol has it.
func (r *testRoom) joinRoom(passwords map[string]string) {
	var all sync.WaitGroup
	for name, password := range passwords {
		field := fmt.Sprintf(`,"password":%q`, password)
		if password == missing {
			field = ""
		}
		c := (&nativeClient{room: "r", name: "x"}).joinRaw(r.t, r.deviceURL(), `{"name":"x","room":"r","protocolVersion":2`+field+"}")
		all.Go(func() {
			if code := c.awaitClosed(); code != 1000 || !c.refused || c.id != "" {
				r.t.Errorf("join-room, key %s: closed with %d, refused: %v, want it refused", name, code, c.refused)
			}
		})
	}
	all.Wait()
}

// TestEveryWayInByEveryKey is the written rule of docs/access.md: what opens what, and that a refusal changes and tells nothing.
func TestEveryWayInByEveryKey(t *testing.T) {
	log := &lockedLog{}
	r := startRoom(t, func(c *Config) {
		c.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	r.put(session(clinician, patient, robot, stranger))
	r.put(session(clinician, patient, robot))
	r.connect(patient).join()
	whip := r.whipCamera(r.key(robot), "")
	ways, bad := r.ways(whip.resource), badKeys(r.secret)
	before := r.present()
	events := r.events()

	for _, w := range ways {
		for name, key := range bad {
			want := http.StatusForbidden
			if key == missing && w.keyless {
				want = http.StatusSwitchingProtocols
			}
			if got := w.try(key); got != want {
				t.Errorf("%s, key %s: %d, want %d", w.name, name, got, want)
			}
		}
	}
	for _, key := range append(slices.Collect(maps.Values(bad)), r.key(clinician), sharedKey) {
		if got := r.request(http.MethodDelete, whip.resource, "", "Authorization", "Bearer "+key).status; got != http.StatusForbidden {
			t.Errorf("DELETE of another's resource: %d", got)
		}
	}
	r.joinRoom(bad)
	if after := r.present(); !slices.Equal(after, before) {
		t.Errorf("refusals changed who is there: %+v, before %+v", after, before)
	}
	for range len(events) {
		if e := <-events; e.Type != control.EventState && e.Type != control.EventQuality {
			t.Errorf("rehab was told of %+v", e)
		}
	}

	for _, w := range ways {
		for _, i := range []control.Invitee{clinician, patient, robot} {
			if got := w.try(r.key(i)); (got != http.StatusForbidden) != slices.Contains(w.kinds, i.Kind) {
				t.Errorf("%s, %s's own key: %d", w.name, i.Kind, got)
			}
		}
		if got := w.try(sharedKey); (got != http.StatusForbidden) != w.shared {
			t.Errorf("%s, shared key: %d", w.name, got)
		}
	}
	if res := whip.delete(); res.status != http.StatusOK {
		t.Errorf("DELETE with its own key: %d", res.status)
	}
	for _, i := range []control.Invitee{clinician, patient, robot} {
		bad[i.Kind] = r.key(i)
	}
	for name, key := range bad {
		if len(key) > 20 && key != patient.UUID && strings.Contains(log.String(), key) {
			t.Errorf("the log holds the key %s", name)
		}
	}
	for _, secret := range []string{sharedKey, fmt.Sprintf("%x", r.secret), "pwd=", "key=", clinician.Name, patient.UUID} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// A port is used again by the next session, for other people.
func TestKeysOfAnEndedSessionOpenNothingOnItsPort(t *testing.T) {
	old := startRoom(t)
	whip := old.whipCamera(old.key(robot), "")
	if err := old.control.Stop(t.Context(), control.ReasonStopped); err != nil {
		t.Fatal(err)
	}
	old.waitEnded()
	const shared = "77777777-0000-4000-8000-00000000beef"
	r := startRoom(t, func(c *Config) {
		c.HTTP.Close() //nolint:errcheck // another is used
		l, err := net.Listen("tcp", old.addr)
		if err != nil {
			t.Fatal(err)
		}
		c.HTTP, c.Key = l, shared
	})
	r.addr = old.addr
	keys := map[string]string{"shared": sharedKey}
	for _, i := range []control.Invitee{clinician, patient, robot} {
		keys[i.Kind] = old.key(i)
	}
	for _, w := range r.ways(whip.resource) {
		for name, key := range keys {
			if got := w.try(key); got != http.StatusForbidden {
				t.Errorf("%s, old key of %s: %d", w.name, name, got)
			}
		}
	}
	if got := r.request(http.MethodDelete, whip.resource, "", "Authorization", "Bearer "+old.key(robot)).status; got != http.StatusForbidden {
		t.Errorf("DELETE of the old resource: %d", got)
	}
	r.joinRoom(keys)
	if n := r.present(); len(n) != 0 {
		t.Errorf("there are %+v", n)
	}
	if got := r.get("/status" + with("key", shared)); got != http.StatusOK {
		t.Errorf("the new key: %d", got)
	}
}

// A room that OpenTera's own service launches has no secret: no key can be made for it.
func TestRoomWithoutASecretHasNoInviteeKeys(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.Secret = nil })
	for _, w := range r.ways(r.at("/whip/none")) {
		if got := w.try(control.InviteeKey(nil, robot.Kind, robot.UUID)); got != http.StatusForbidden {
			t.Errorf("%s: %d", w.name, got)
		}
	}
}

// Scripts, styles and what does not exist are the same for everybody.
func TestAssetsNeedNoKeyAndTellNothing(t *testing.T) {
	r := startRoom(t)
	for _, key := range []string{missing, "wrong", r.key(patient)} {
		for _, path := range []string{"/assets/none.js", "/", "/users.html", "/websocket/8080/", "/websocket/8080/whip"} {
			if got := r.get(path + with("key", key)); got != http.StatusNotFound {
				t.Errorf("%s: %d, want 404", path, got)
			}
		}
	}
}
