package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

var userFormsIn = params{doc: "Describes the form for editing an object.", list: []param{
	{name: "type", kind: text, required: true, help: "Data type of the required form. Currently supported data types: session_type_config"},
	{name: "id", kind: integer, help: "Specific ID of subitem to query"},
	{name: "id_project", kind: integer, help: "ID of the project"},
	{name: "id_site", kind: integer, help: "ID of the site"},
	{name: "key", kind: text, help: "Service key"},
}}

// formTimeout is how long a service has for its form (rehab.md 5).
const formTimeout = 5 * time.Second

// userForms answers with a form (core.md 9.6).
func (a *API) userForms(c *call) (any, error) {
	switch c.args.text("type") {
	case "session_type_config":
		return a.sessionTypeConfigForm(c)
	case "":
		return nil, fail(http.StatusBadRequest, "Missing type")
	}
	return nil, fail(http.StatusBadRequest, "Unknown form type: "+c.args.text("type"))
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
