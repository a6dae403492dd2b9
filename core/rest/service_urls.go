package rest

import (
	"strconv"

	"github.com/gotera/gotera/core/store"
)

// serviceURLs are the addresses, as the caller reaches them, of services that are enabled.
type serviceURLs struct {
	server string // https://host:port
	byID   map[int]*store.Service
	byUUID map[string]*store.Service
}

func (c *call) serviceURLs(services []*store.Service) serviceURLs {
	host, port := c.external()
	u := serviceURLs{"https://" + host + ":" + strconv.Itoa(port), map[int]*store.Service{}, map[string]*store.Service{}}
	for _, s := range services {
		if s.Enabled {
			u.byID[s.ID], u.byUUID[s.UUID] = s, s
		}
	}
	return u
}

// enabledURLs is serviceURLs of all services.
func (c *call) enabledURLs() (serviceURLs, error) {
	services, err := c.api.store.EnabledServices(c.ctx())
	return c.serviceURLs(services), err
}

// at is the URL of path at a service; nil when the service is not among them.
func (u serviceURLs) at(s *store.Service, path string) any {
	if s == nil {
		return nil
	}
	return u.server + s.ClientEndpoint + path
}

// requester is the uuid that access tokens are made out to.
func (c *call) requester() string {
	switch {
	case c.id.User != nil:
		return c.id.User.UUID
	case c.id.Participant != nil:
		return c.id.Participant.UUID
	case c.id.Device != nil:
		return c.id.Device.UUID
	}
	return c.id.Service.UUID
}
