package rest

import (
	"net/http"
	"strings"
)

var serviceAuthCodeIn = params{
	strict: true, doc: "Makes a code with which a browser is sent to /login; within 5 minutes the login comes back to the service with it.",
	list: []param{
		{name: "endpoint_url", kind: text, required: true, help: "Endpoint url requesting access"},
		tokenParam,
	},
}

// maxEndpoint bounds the path to come back to, in bytes.
const maxEndpoint = 2048

func (a *API) getServiceAuthCode(c *call) (any, error) {
	endpoint := c.args.text("endpoint_url")
	if len(endpoint) > maxEndpoint || strings.ContainsFunc(endpoint, notInPath) {
		return nil, fail(http.StatusBadRequest, "Invalid endpoint_url")
	}
	code, err := a.login.NewAuthCode(c.ctx(), c.id.Service, endpoint)
	if err != nil {
		return nil, err
	}
	return object{"auth_code": code}, nil
}

// notInPath: browsers read a backslash as a slash, and skip control characters.
func notInPath(r rune) bool { return r == '\\' || r < ' ' || r == 0x7f }
