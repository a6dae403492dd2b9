package rest

var serviceDisconnectIn = params{doc: "Closes the websockets of the first account that is named, which the service must be able to see.", list: disconnectParams}

func (a *API) serviceDisconnect(c *call) (any, error) {
	kind, uuid, err := c.whomToDisconnect()
	if err != nil {
		return nil, err
	}
	a.cfg.Disconnect(kind, uuid)
	return "Success", nil
}
