package rest

import "github.com/gotera/gotera/core/login"

// auth finds out who makes a request (core.md 3.1).
type auth func(*API, *call) (login.Identity, error)

func byUser(a *API, c *call) (login.Identity, error)         { return a.login.User(c.Request) }
func byUserPassword(a *API, c *call) (login.Identity, error) { return a.login.UserPassword(c.Request) }
func byUserToken(a *API, c *call) (login.Identity, error)    { return a.login.UserToken(c.Request) }
func byUserSession(a *API, c *call) (login.Identity, error)  { return a.login.UserSession(c.Request) }

func byParticipant(a *API, c *call) (login.Identity, error) {
	return a.login.Participant(c.Request, false)
}

func byFullParticipant(a *API, c *call) (login.Identity, error) {
	return a.login.Participant(c.Request, true)
}

func byParticipantToken(a *API, c *call) (login.Identity, error) {
	return a.login.ParticipantToken(c.Request)
}

func byDevice(a *API, c *call) (login.Identity, error) {
	return a.login.Device(c.Request, c.tokenArgument)
}

func byService(a *API, c *call) (login.Identity, error) {
	return a.login.Service(c.Request, c.tokenArgument)
}

// tokenArgument is the token of a device or service that is given as an argument.
func (c *call) tokenArgument() (string, error) {
	given, err := c.values()
	if err != nil {
		return "", err
	}
	t, _ := given["token"].(string)
	return t, nil
}
