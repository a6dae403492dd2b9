package rest

import (
	"context"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/login"
)

// call is one request on its way through an operation.
type call struct {
	Request *http.Request
	Writer  http.ResponseWriter
	api     *API
	id      login.Identity
	args    args

	given    map[string]any // what values collected
	body     []byte
	bodyErr  error
	bodyRead bool
}

func (c *call) ctx() context.Context { return c.Request.Context() }

// external is the host and port by which the client reaches the server: what the proxy says, else the configuration.
// OpenTera's names come with hyphens and with underscores (core.md 13.4, 9).
func (c *call) external() (host string, port int) {
	host, port = c.api.cfg.Hostname, c.api.cfg.Port
	if h := c.header("x-externalserver"); isHost(h) {
		host = h
	}
	if n, err := strconv.Atoi(c.header("x-externalport")); err == nil && n > 0 && n < 1<<16 {
		port = n
	}
	return host, port
}

// header looks a header up by its lower-case name; underscores in what was sent count as hyphens.
func (c *call) header(name string) string {
	for k, v := range c.Request.Header {
		if strings.ReplaceAll(strings.ToLower(k), "_", "-") == name && len(v) > 0 {
			return v[0]
		}
	}
	return ""
}

func isHost(h string) bool {
	if _, err := netip.ParseAddr(strings.Trim(h, "[]")); err == nil {
		return true
	}
	return h != "" && len(h) < 254 && strings.Trim(h, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == ""
}

// websocketURL makes a one-time URL for an account's websocket (core.md 3.5).
func (c *call) websocketURL(kind core.Kind, uuid string) (string, error) {
	id, err := c.api.login.Ticket(c.ctx(), kind, uuid)
	if err != nil {
		return "", err
	}
	host, port := c.external()
	return "wss://" + host + ":" + strconv.Itoa(port) + "/wss/" + string(kind) + "?id=" + id, nil
}
