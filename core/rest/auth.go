package rest

import "github.com/gotera/gotera/core/login"

// auth finds out who makes a request (core.md 3.1), and says for the documentation how they show it.
type auth struct {
	find    func(*API, *call) (login.Identity, error)
	schemes []string // names of securitySchemes, each of which is enough; none: everybody
}

var (
	byUser = auth{func(a *API, c *call) (login.Identity, error) {
		return a.login.User(c.Request)
	}, []string{"basicAuth", "openteraToken"}}

	byUserPassword = auth{func(a *API, c *call) (login.Identity, error) {
		return a.login.UserPassword(c.Request)
	}, []string{"basicAuth"}}

	byUserToken = auth{func(a *API, c *call) (login.Identity, error) {
		return a.login.UserToken(c.Request)
	}, []string{"openteraToken"}}

	byUserSession = auth{func(a *API, c *call) (login.Identity, error) {
		return a.login.UserSession(c.Request)
	}, []string{"session"}}

	byParticipant = auth{func(a *API, c *call) (login.Identity, error) {
		return a.login.Participant(c.Request, false)
	}, []string{"basicAuth", "openteraToken"}}

	byFullParticipant = auth{func(a *API, c *call) (login.Identity, error) {
		return a.login.Participant(c.Request, true)
	}, []string{"basicAuth", "openteraToken"}}

	byParticipantToken = auth{func(a *API, c *call) (login.Identity, error) {
		return a.login.ParticipantToken(c.Request)
	}, []string{"openteraToken"}}

	byDevice = auth{func(a *API, c *call) (login.Identity, error) {
		return a.login.Device(c.Request, c.tokenArgument)
	}, []string{"deviceCertificate", "openteraToken", "tokenArgument"}}

	byService = auth{func(a *API, c *call) (login.Identity, error) {
		return a.login.Service(c.Request, c.tokenArgument)
	}, []string{"openteraToken", "tokenArgument"}}

	// byRegistrant lets everybody in, now and then: the registration key is an argument.
	byRegistrant = auth{find: func(a *API, c *call) (login.Identity, error) {
		return login.Identity{}, a.registrations.allow(c.Writer, c.Request)
	}}
)

// tokenArgument is the token of a device or service that is given as an argument.
func (c *call) tokenArgument() (string, error) {
	given, err := c.values()
	if err != nil {
		return "", err
	}
	t, _ := given["token"].(string)
	return t, nil
}
