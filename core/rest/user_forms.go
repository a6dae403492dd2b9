package rest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/rest/forms"
	"github.com/gotera/gotera/core/store"
)

var userFormsIn = params{doc: "Describes the form for editing an object.", list: []param{
	{name: "type", kind: text, required: true, help: "Data type of the required form: " + formTypes()},
	{name: "id", kind: integer, help: "Specific ID of subitem to query"},
	{name: "id_project", kind: integer, help: "ID of the project that limits the choices of some forms"},
	{name: "id_site", kind: integer, help: "ID of the site that limits the choices of some forms"},
	{name: "key", kind: text, help: "Service key, for service_config"},
}}

func formTypes() string {
	names := append(slices.Collect(maps.Keys(forms.All)), "session_type_config", "versions")
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// formTimeout is how long a service has for its form (rehab.md 5).
const formTimeout = 5 * time.Second

// userForms answers with a form (core.md 9.6); the choices in it are what the caller may see.
func (a *API) userForms(c *call) (any, error) {
	kind := c.args.text("type")
	form, ok := forms.All[kind]
	var err error
	switch {
	case kind == "":
		return nil, fail(http.StatusBadRequest, "Missing type")
	case kind == "session_type_config":
		return a.sessionTypeConfigForm(c)
	case kind == "versions":
		form, err = a.versionsForm(c)
	case kind == "service_config" && (c.args.int("id") != 0 || c.args.text("key") != ""):
		form, err = a.serviceSettingsForm(c)
	case !ok:
		return nil, fail(http.StatusBadRequest, "Unknown form type: "+kind)
	}
	if err != nil {
		return nil, err
	}
	about := forms.Context{Language: c.language(), OldClient: c.oldClient()}
	if lists := formLists[kind]; lists != nil {
		if about.Lists, err = lists(a, c); err != nil {
			return nil, err
		}
	}
	return form.Describe(about), nil
}

// oldClient reports whether the client is an OpenTeraPlus before 1.3.
func (c *call) oldClient() bool {
	name, version := c.Request.Header.Get("X-Client-Name"), c.Request.Header.Get("X-Client-Version")
	if name != "OpenTeraPlus" || version == "" {
		return false
	}
	parts := strings.Split(version, ".")
	if len(parts) < 2 {
		return true
	}
	minor, err := strconv.Atoi(parts[1])
	return err == nil && parts[0] == "1" && minor < 3
}

// serviceSettingsForm is for the settings of one service, by id or key.
func (a *API) serviceSettingsForm(c *call) (forms.Form, error) {
	q := store.ServiceQuery{}
	if id := c.args.int("id"); id != 0 {
		q.IDs = []int{id}
	}
	if key := c.args.text("key"); key != "" { // goes before the id
		q.IDs, q.Keys = nil, []string{key}
	}
	services, err := a.store.Services(c.ctx(), c.access(), q)
	if err != nil {
		return forms.Form{}, err
	}
	if len(services) == 0 {
		return forms.Form{}, fail(http.StatusBadRequest, "Invalid service specified")
	}
	return forms.ServiceSettings(services[0].Key), nil
}

func (a *API) versionsForm(c *call) (forms.Form, error) {
	raw, err := a.store.Setting(c.ctx(), store.SettingServerVersions)
	if errors.Is(err, store.ErrNotFound) {
		return forms.Versions(nil), nil
	}
	if err != nil {
		return forms.Form{}, err
	}
	var known struct {
		Clients map[string]struct {
			Name string `json:"client_name"`
		} `json:"clients"`
	}
	if err := json.Unmarshal([]byte(raw), &known); err != nil {
		a.log.Warn("the ServerVersions setting is malformed", "error", err)
	}
	var names []string
	for _, key := range slices.Sorted(maps.Keys(known.Clients)) {
		names = append(names, known.Clients[key].Name)
	}
	return forms.Versions(names), nil
}

// sessionTypeConfigForm asks the service of a session type of category SERVICE; others have an empty form.
func (a *API) sessionTypeConfigForm(c *call) (any, error) {
	id := c.args.int("id")
	if id == 0 {
		return nil, fail(http.StatusBadRequest, "Missing session type id")
	}
	nothing := object{"objecttype": "session_type_config", "sections": []object{}}
	ok, err := may[store.SessionType](c, id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nothing, nil
	}
	t, err := store.Get[store.SessionType](c.ctx(), a.store, id)
	if err != nil || t.Category != core.CategoryService || t.ServiceID == nil {
		return nothing, err
	}
	s, err := store.Get[store.Service](c.ctx(), a.store, *t.ServiceID)
	if errors.Is(err, store.ErrNotFound) {
		return nothing, nil
	}
	if err != nil {
		return nil, err
	}
	question, err := json.Marshal(object{"id_session_type": id})
	if err != nil {
		return nil, err
	}
	form, err := a.ask(c, s.Key, formTimeout, "session_type_config", string(question))
	if err != nil || string(form) == "null" {
		return nil, fail(http.StatusRequestTimeout, "No reply from service while querying session type config")
	}
	return form, nil
}

// timeoutContext ends with the request or after the timeout.
func timeoutContext(c *call, timeout time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(c.ctx(), timeout)
}
