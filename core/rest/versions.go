package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/gotera/gotera/core/store"
)

// checkVersion compares the client's version with the one that the server knows (core.md 3.6). Another major version is
// refused with 426; other differences are told along with the login's answer.
func (a *API) checkVersion(c *call) (object, error) {
	reply := object{}
	name, version := c.Request.Header.Get("X-Client-Name"), c.Request.Header.Get("X-Client-Version")
	if name == "" || version == "" {
		return reply, nil
	}
	raw, err := a.store.Setting(c.ctx(), store.SettingServerVersions)
	if errors.Is(err, store.ErrNotFound) {
		return reply, nil
	}
	if err != nil {
		return nil, err
	}
	var known struct {
		Clients map[string]map[string]any `json:"clients"`
	}
	if err := json.Unmarshal([]byte(raw), &known); err != nil {
		a.log.Warn("the ServerVersions setting is malformed", "error", err)
		return reply, nil
	}
	latest, ok := known.Clients[name]
	if !ok {
		a.login.Noticed(c.Request, c.id, "Unknown client name")
		return reply, nil
	}
	reply["version_latest"] = latest
	expected, _ := latest["client_version"].(string)
	if expected == version {
		return reply, nil
	}
	reply["version_error"] = "Client major version mismatch"
	parts := strings.Split(version, ".")
	if parts[0] != strings.Split(expected, ".")[0] {
		a.login.Noticed(c.Request, c.id, "Client version mismatch")
		return nil, &failure{http.StatusUpgradeRequired, object{
			"version_latest": latest, "current_version": parts, "version_error": reply["version_error"],
			"message": "Client major version too old, not accepting login",
		}}
	}
	return reply, nil
}
