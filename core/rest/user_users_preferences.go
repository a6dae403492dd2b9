package rest

import (
	"encoding/json"
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userUsersPreferencesIn = params{doc: "Lists the preferences of a user, by default one's own.", list: []param{
	{name: "id_user", kind: integer, help: "ID of the user to get preference for"},
	{name: "app_tag", kind: text, help: "Tag of the application for which to get preferences"},
}}

func (a *API) getUserUsersPreferences(c *call) (any, error) {
	id := c.args.int("id_user")
	if id == 0 {
		id = c.id.User.ID
	}
	if err := must[store.User](c, errForbidden, id); err != nil {
		return nil, err
	}
	where := store.Columns{"id_user": id}
	if tag := c.args.text("app_tag"); tag != "" {
		where["user_preference_app_tag"] = tag
	}
	rows, err := store.Rows[store.UserPreference](c.ctx(), a.store, store.Everything(), where)
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, store.Full, rows...)
}

var userUsersPreferencesPostIn = params{body: "user_preference", doc: "Sets the preferences of a user for one application; empty ones are removed."}

// postUserUsersPreferences answers null when the preferences are removed.
func (a *API) postUserUsersPreferences(c *call) (any, error) {
	o, err := c.wrapped("user_preference", "Missing user_preference")
	if err != nil {
		return nil, err
	}
	id := c.id.User.ID
	if o.has("id_user") {
		if id, err = o.id("id_user"); err != nil {
			return nil, err
		}
	}
	if !o.has("user_preference_app_tag") {
		return nil, fail(http.StatusBadRequest, "Missing app tag")
	}
	tag, err := o.text("user_preference_app_tag")
	if err != nil {
		return nil, err
	}
	if err := mustAdmin[store.User](c, errForbidden, id); err != nil {
		return nil, err
	}
	text, err := preferenceText(o["user_preference_preference"])
	if err != nil {
		return nil, err
	}
	var p *store.UserPreference
	err = c.write(func(tx *store.Tx) error {
		p, err = tx.SetPreference(c.ctx(), id, tag, text)
		return err
	})
	if err != nil || p == nil {
		return nil, err
	}
	return store.JSONOf(c.ctx(), a.store, store.Full, p)
}

// preferenceText is JSON text, given as such or as an object; empty for nothing.
func preferenceText(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		if v != "" && !json.Valid([]byte(v)) {
			return "", fail(http.StatusBadRequest, "Preferences are not valid JSON")
		}
		return v, nil
	case map[string]any, []any:
		raw, err := encode(v)
		return string(raw[:max(len(raw)-1, 0)]), err // without the newline
	}
	return "", failArgument("user_preference_preference", "must be an object or JSON text")
}
