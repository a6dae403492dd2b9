package rehab

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/token"
	"github.com/gotera/gotera/rehab/backend"
)

// fakeCore is the part of the core's service API that rehab uses, with switches for what a test has to break.
type fakeCore struct {
	*httptest.Server

	mu       sync.Mutex // guards the fields below
	key      string     // with which service tokens must be signed
	rows     map[int64]backend.Row
	events   map[int64][]backend.Row
	names    map[string]string // by uuid
	access   map[string][]string
	accounts map[string]backend.Row // more fields of participants and devices, by uuid
	next     int64
	refused  int // requests with a wrong token
	fail     func(r *http.Request, body []byte) (status int, text string)
	delay    time.Duration
	requests int
}

func newFakeCore(t *testing.T, key string) *fakeCore {
	c := &fakeCore{key: key, rows: map[int64]backend.Row{}, events: map[int64][]backend.Row{}, names: map[string]string{}, access: map[string][]string{}, next: 100}
	c.Server = httptest.NewServer(http.HandlerFunc(c.serve))
	t.Cleanup(c.Server.Close)
	return c
}

// breakWith has every request answered by f, until it is nil or returns status 0.
func (c *fakeCore) breakWith(f func(r *http.Request, body []byte) (int, string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = f
}

func down(*http.Request, []byte) (int, string) {
	return http.StatusInternalServerError, `"Database error"`
}

func (c *fakeCore) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	c.mu.Lock()
	c.requests++
	fail, delay, key := c.fail, c.delay, c.key
	c.mu.Unlock()
	time.Sleep(delay)
	text, _ := strings.CutPrefix(r.Header.Get("Authorization"), "OpenTera ")
	if _, err := token.VerifyService(key, text); err != nil {
		c.mu.Lock()
		c.refused++
		c.mu.Unlock()
		http.Error(w, `"Unauthorized"`, http.StatusUnauthorized)
		return
	}
	if fail != nil {
		if status, text := fail(r, body); status != 0 {
			http.Error(w, text, status)
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case r.URL.Path == backend.SessionsPath && r.Method == http.MethodGet:
		c.getSession(w, r)
	case r.URL.Path == backend.SessionsPath:
		c.postSession(w, body)
	case r.URL.Path == backend.EventsPath:
		c.postEvent(w, body)
	case r.URL.Path == "/api/service/participants":
		id := r.URL.Query().Get("participant_uuid")
		row := backend.Row{"participant_uuid": id, "participant_name": c.names[id]}
		maps.Copy(row, c.accounts[id])
		send(w, row)
	case r.URL.Path == "/api/service/devices":
		send(w, c.accounts[r.URL.Query().Get("device_uuid")])
	case r.URL.Path == "/api/service/access":
		var list []any
		for _, p := range c.access[r.URL.Query().Get("from_user_uuid")] {
			list = append(list, map[string]string{"uuid": p})
		}
		send(w, map[string]any{"participants": list})
	default:
		http.Error(w, `"not found"`, http.StatusNotFound)
	}
}

func send(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

func (c *fakeCore) getSession(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.ParseInt(r.URL.Query().Get("id_session"), 10, 64)
	for _, row := range c.rows {
		if row.Text("session_uuid") == r.URL.Query().Get("uuid_session") {
			id = num(row["id_session"])
		}
	}
	row, ok := c.rows[id]
	if !ok {
		http.Error(w, `"Forbidden"`, http.StatusForbidden)
		return
	}
	out := row.Clone()
	out["session_events"] = append([]backend.Row{}, c.events[id]...)
	send(w, []backend.Row{out})
}

func (c *fakeCore) postSession(w http.ResponseWriter, body []byte) {
	var in struct{ Session backend.Row }
	if err := json.Unmarshal(body, &in); err != nil {
		http.Error(w, `"bad JSON"`, http.StatusBadRequest)
		return
	}
	for _, kind := range kinds {
		for _, id := range texts(in.Session["session_"+kind+"s_uuids"]) {
			if strings.HasPrefix(id, "forbidden") {
				http.Error(w, `"Service doesn't have access to at least one `+kind+` of that session."`, http.StatusForbidden)
				return
			}
		}
	}
	id := in.Session.Int("id_session")
	row := c.rows[id]
	if id == 0 {
		c.next++
		id = c.next
		row = backend.Row{
			"id_session": id, "session_uuid": uuid.NewString(), "session_name": fmt.Sprintf("Session [2026.%d]", id),
			"session_status": 1, "session_duration": 0, "id_session_type": in.Session["id_session_type"],
			"session_start_datetime": "2026-01-02T03:04:05-05:00", "session_comments": nil, "session_parameters": in.Session["session_parameters"],
			"id_creator_user": nil, "id_creator_device": nil, "id_creator_participant": nil, "id_creator_service": 5,
			"session_creator_service": "Video", "session_creator_service_uuid": "service-uuid",
			"session_assets_count": 0, "session_tests_count": 0,
			"session_users": []any{}, "session_participants": []any{}, "session_devices": []any{},
		}
		for _, kind := range kinds {
			if n := num(in.Session["id_creator_"+kind]); n != 0 {
				row["id_creator_"+kind] = n
				row["session_creator_"+kind] = fmt.Sprintf("Creator %s %d", kind, n)
				row["session_creator_"+kind+"_uuid"] = fmt.Sprintf("%s-%d", kind, n)
			}
		}
	}
	if row == nil {
		http.Error(w, `"Database error"`, http.StatusInternalServerError)
		return
	}
	for _, key := range []string{"session_status", "session_duration"} {
		if v, ok := in.Session[key]; ok {
			row[key] = v
		}
	}
	for _, kind := range kinds {
		list := texts(in.Session["session_"+kind+"s_uuids"])
		if len(list) == 0 {
			continue
		}
		old := memberUUIDs(row, kind)
		if kind == control.Participant {
			old = nil // the posted list replaces
		}
		for _, id := range list {
			if !slices.Contains(old, id) {
				old = append(old, id)
			}
		}
		var people []any
		for _, id := range old {
			people = append(people, map[string]any{kind + "_uuid": id, kind + "_name": "Name of " + id})
		}
		row["session_"+kind+"s"] = people
	}
	c.rows[id] = row
	send(w, []backend.Row{row})
}

func (c *fakeCore) postEvent(w http.ResponseWriter, body []byte) {
	var in struct {
		Event backend.Row `json:"session_event"`
	}
	if err := json.Unmarshal(body, &in); err != nil || c.rows[in.Event.Int("id_session")] == nil {
		http.Error(w, `"Forbidden"`, http.StatusForbidden)
		return
	}
	c.next++
	in.Event["id_session_event"] = c.next
	id := in.Event.Int("id_session")
	c.events[id] = append(c.events[id], in.Event)
	send(w, []backend.Row{in.Event})
}

// row is a copy of a row as the core has it.
func (c *fakeCore) row(id int64) backend.Row {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rows[id].Clone()
}

// eventsOf are the texts of a session's events of one type.
func (c *fakeCore) eventsOf(id int64, typ int64) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := []string{}
	for _, e := range c.events[id] {
		if e.Int("id_session_event_type") == typ {
			list = append(list, e.Text("session_event_text"))
		}
	}
	return list
}

func (c *fakeCore) status(id int64) int64 { return num(c.row(id)["session_status"]) }

// inProgress counts the rows in progress.
func (c *fakeCore) inProgress() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, row := range c.rows {
		if num(row["session_status"]) == backend.InProgress {
			n++
		}
	}
	return n
}

func memberUUIDs(row backend.Row, kind string) []string {
	var list []string
	items, _ := row["session_"+kind+"s"].([]any)
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			list = append(list, fmt.Sprint(m[kind+"_uuid"]))
		}
	}
	return list
}

func texts(v any) []string {
	var list []string
	items, _ := v.([]any)
	for _, item := range items {
		list = append(list, fmt.Sprint(item))
	}
	return list
}

func num(v any) int64 {
	n, _ := strconv.ParseInt(fmt.Sprint(v), 10, 64)
	return n
}
