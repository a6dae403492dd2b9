package rest

import "github.com/gotera/gotera/core/store"

var deviceAssetsIn = params{doc: "Lists the device's assets: all, one, or those of a session that it created.", list: ownAssetsParams}

func (a *API) getDeviceAssets(c *call) (any, error) {
	assets, err := a.listOwnAssets(c, func(s *store.Session) bool { return s.CreatorDeviceID != nil && *s.CreatorDeviceID == c.id.Device.ID })
	if err != nil {
		return nil, err
	}
	urls, err := c.accessibleURLs()
	if err != nil {
		return nil, err
	}
	return a.assetObjects(c, assets, store.Full, urls)
}

// accessibleURLs is serviceURLs of the services that the caller may see.
func (c *call) accessibleURLs() (serviceURLs, error) {
	services, err := store.Accessible[store.Service](c.ctx(), c.api.store, c.access())
	return c.serviceURLs(services), err
}
