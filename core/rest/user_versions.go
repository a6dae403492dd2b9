package rest

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userVersionsIn = params{doc: "Tells the versions of the server and of its clients."}

func (a *API) getUserVersions(c *call) (any, error) {
	return readVersions(c, a.store.Reader)
}

// readVersions is the ServerVersions setting (core.md 11.4).
func readVersions(c *call, r *store.Reader) (object, error) {
	none := fail(http.StatusInternalServerError, "No version information found")
	text, err := r.Setting(c.ctx(), store.SettingServerVersions)
	if errors.Is(err, store.ErrNotFound) {
		return nil, none
	}
	if err != nil {
		return nil, err
	}
	var versions object
	if json.Unmarshal([]byte(text), &versions) != nil || versions == nil {
		return nil, none
	}
	return versions, nil
}

var userVersionsPostIn = params{body: "ClientVersions", doc: "Adds or replaces the version of one client; super-administrators only. Answers with all versions."}

// clientVersionFields are what a client's version holds, null when it is not told.
var clientVersionFields = []string{
	"client_name", "client_description", "client_version", "client_documentation_url",
	"client_windows_download_url", "client_mac_download_url", "client_linux_download_url",
}

func (a *API) postUserVersions(c *call) (any, error) {
	if c.superAdmin() != nil {
		return nil, fail(http.StatusForbidden, "Not authorized")
	}
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	if !body.has("ClientVersions") {
		return readVersions(c, a.store.Reader)
	}
	o, err := c.wrapped("ClientVersions", "")
	if err != nil {
		return nil, err
	}
	client := object{}
	for _, key := range clientVersionFields {
		client[key] = nil
		if o[key] != nil {
			if client[key], err = o.text(key); err != nil {
				return nil, err
			}
		}
	}
	name, _ := client["client_name"].(string)
	if name == "" {
		return nil, failArgument("client_name", "is missing")
	}
	var versions object
	err = c.write(func(tx *store.Tx) error {
		if versions, err = readVersions(c, tx.Reader); err != nil {
			return err
		}
		clients, _ := versions["clients"].(map[string]any)
		if clients == nil {
			clients = map[string]any{}
		}
		clients[name] = map[string]any(client)
		versions["clients"] = clients
		raw, err := json.Marshal(versions)
		if err != nil {
			return err
		}
		return tx.SetSetting(c.ctx(), store.SettingServerVersions, string(raw))
	})
	return versions, err
}
