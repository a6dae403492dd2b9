package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/proto/bus"
)

// manageIn is the body of both session managers (core.md 9.5).
var manageIn = params{doc: "Starts or stops a session, invites or removes people, or answers an invitation.", body: "session_manage"}

// answerTimeout is how long a service has for its answer; OpenTera's own.
const answerTimeout = 10 * time.Second

// maxMembers bounds each list of a session's people.
const maxMembers = 500

// memberLists are the keys of the people of a session.
var memberLists = []struct {
	key  string
	kind core.Kind
	noun string
}{
	{"session_users", core.KindUser, "user"},
	{"session_participants", core.KindParticipant, "participant"},
	{"session_devices", core.KindDevice, "device"},
}

// manage is one request to a session manager.
type manage struct {
	*call
	who     string // "User" or "Service", in texts
	m       object // the body's session_manage, which is sent on to the service
	action  string
	session *store.Session      // nil for a new one
	members map[string][]string // uuids per key of memberLists, of the existing session
}

func (c *call) newManage(who string) (*manage, error) {
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	if !body.has("session_manage") {
		return nil, failArgument("session_manage", "Informations to manage the session Missing required parameter in the JSON body")
	}
	m, err := body.object("session_manage")
	if err != nil {
		return nil, err
	}
	for key := range m {
		if !plainKey(key) {
			return nil, failArgument("session_manage", "has a key that is not known")
		}
	}
	g := &manage{call: c, who: who, m: m, members: map[string][]string{}}
	if g.action, err = m.text("action"); err != nil {
		return nil, err
	}
	if g.action == "" {
		return nil, fail(http.StatusBadRequest, "Missing action")
	}
	return g, nil
}

// plainKey reports whether key is lower case ASCII. A service may read "ID_SESSION", or a letter that only folds to one of
// ASCII, as the key that was checked here.
func plainKey(key string) bool {
	return !strings.ContainsFunc(key, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

// find resolves the session that is meant and checks that the caller may manage it.
func (g *manage) find() error {
	id, _, err := g.m.optionalID("id_session")
	if err != nil {
		return err
	}
	uuid, err := g.m.text("session_uuid")
	if err != nil {
		return err
	}
	if uuid != "" {
		named, err := g.byUUID(uuid)
		if err != nil {
			return err
		}
		if id != 0 && id != named {
			return fail(http.StatusBadRequest, "Invalid session")
		}
		id = named
	}
	g.m["id_session"] = id
	delete(g.m, "session_uuid") // one name for the session that is checked and for the one that is managed
	if id == 0 {
		return nil
	}
	ok, err := g.api.store.MaySeeSession(g.ctx(), g.access(), id)
	if err != nil {
		return err
	}
	if !ok {
		return fail(http.StatusForbidden, g.who+" doesn't have access to that session")
	}
	if g.session, err = store.Get[store.Session](g.ctx(), g.api.store, id); err != nil {
		return err
	}
	return g.readMembers()
}

func (g *manage) byUUID(uuid string) (int, error) {
	s, err := g.api.store.SessionByUUID(g.ctx(), uuid)
	if errors.Is(err, store.ErrNotFound) {
		return 0, fail(http.StatusBadRequest, "Invalid session")
	}
	if err != nil {
		return 0, err
	}
	return s.ID, nil
}

func (g *manage) readMembers() error {
	m, err := g.api.store.SessionMembers(g.ctx(), g.session.ID)
	if err != nil {
		return err
	}
	for _, u := range m.Users {
		g.members["session_users"] = append(g.members["session_users"], u.UUID)
	}
	for _, p := range m.Participants {
		g.members["session_participants"] = append(g.members["session_participants"], p.UUID)
	}
	for _, d := range m.Devices {
		g.members["session_devices"] = append(g.members["session_devices"], d.UUID)
	}
	return nil
}

// complete fills in what an existing session says of itself. Its people are filled in for a start only: elsewhere a list
// that is not sent means nobody of that kind, where upstream takes everybody, so that a client who removes one person
// removes all devices too (rehab.md 6, 20).
func (g *manage) complete() error {
	t, err := store.Get[store.SessionType](g.ctx(), g.api.store, g.session.TypeID)
	if err != nil {
		return err
	}
	if t.ServiceID != nil {
		g.m["id_service"] = *t.ServiceID // whatever was sent: another service would end what it does not run
	}
	g.m["id_session_type"] = t.ID
	if g.action != "start" {
		return nil
	}
	for _, l := range memberLists {
		if !g.m.has(l.key) {
			g.m[l.key] = append([]string{}, g.members[l.key]...)
		}
	}
	return nil
}

// checkMembers refuses people whom the caller may not see, unless they are in the session already.
func (g *manage) checkMembers() error {
	for _, l := range memberLists {
		uuids, given, err := g.listed(l.key)
		if err != nil {
			return err
		}
		if !given {
			continue
		}
		g.m[l.key] = uuids // without repetitions
		others := slices.DeleteFunc(slices.Clone(uuids), func(u string) bool { return slices.Contains(g.members[l.key], u) })
		ok, err := g.mayUUIDs(l.kind, others)
		if err != nil {
			return err
		}
		if !ok {
			return fail(http.StatusForbidden, g.who+" doesn't have access to at least one "+l.noun+" of that session.")
		}
	}
	return nil
}

func (g *manage) listed(key string) ([]string, bool, error) {
	if list, ok := g.m[key].([]string); ok { // filled in by complete
		return list, true, nil
	}
	uuids, given, err := g.m.texts(key)
	if err == nil && len(uuids) > maxMembers {
		err = failArgument(key, "too many")
	}
	return uuids, given, err
}

// checkCreators refuses creators whom the caller may not see; zero is none.
func (g *manage) checkCreators() error {
	for key, allowed := range map[string]func(int) (bool, error){
		"id_creator_user":        func(id int) (bool, error) { return may[store.User](g.call, id) },
		"id_creator_participant": func(id int) (bool, error) { return may[store.Participant](g.call, id) },
		"id_creator_device":      func(id int) (bool, error) { return may[store.Device](g.call, id) },
		"id_creator_service":     func(id int) (bool, error) { return may[store.Service](g.call, id) },
	} {
		id, given, err := g.m.optionalID(key)
		if err != nil {
			return err
		}
		if !given || id == 0 {
			continue
		}
		ok, err := allowed(id)
		if err != nil {
			return err
		}
		if !ok {
			return fail(http.StatusForbidden, g.who+" doesn't have access to the creator of that session.")
		}
	}
	return nil
}

// ask sends the request to the service; its answer is ours.
func (g *manage) ask() (any, error) {
	id, given, err := g.m.optionalID("id_service")
	if err != nil {
		return nil, err
	}
	if !given {
		return nil, fail(http.StatusNotImplemented, "Not implemented yet")
	}
	s, err := store.Get[store.Service](g.ctx(), g.api.store, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail(http.StatusBadRequest, "Service not found")
	}
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(object{"session_manage": g.m})
	if err != nil {
		return nil, err
	}
	timeout := answerTimeout
	echo := g.api.cfg.Tests && g.id.Service != nil // OpenTera's own tests have no services: a request of one is its own answer
	if echo {
		timeout = 3 * time.Second
	}
	answer, err := g.api.ask(g.call, s.Key, timeout, "session_manage", string(text))
	if echo && errors.Is(err, bus.ErrTimeout) {
		return g.m, nil
	}
	if err != nil || empty(answer) {
		return nil, fail(http.StatusInternalServerError, "No answer from service.")
	}
	return answer, nil
}

// ask calls a service.
func (a *API) ask(c *call, service string, timeout time.Duration, method string, args ...any) (json.RawMessage, error) {
	ctx, cancel := timeoutContext(c, timeout)
	defer cancel()
	answer, err := a.cfg.Bus.Call(ctx, bus.ServiceRPC(service), method, args...)
	if err != nil {
		a.log.Warn("service did not answer", "service", service, "method", method, "error", err)
	}
	return answer, err
}

// empty reports whether an answer is one that OpenTera takes for none.
func empty(answer json.RawMessage) bool {
	switch string(answer) {
	case "", "null", "{}", "[]", `""`, "false", "0":
		return true
	}
	return false
}
