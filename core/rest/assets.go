package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

// What the assets of the four APIs have in common.

var (
	withURLsParam  = param{name: "with_urls", kind: boolean, help: "Also include URLs at the service and an access token for it"}
	onlyTokenParam = param{name: "with_only_token", kind: boolean, help: "Only includes the access token"}
)

// assetsParams are those of users and services.
var assetsParams = []param{
	{name: "id_asset", kind: integer, help: "Specific ID of asset to query information."},
	{name: "id_device", kind: integer, help: "ID of the device from which to request all assets"},
	{name: "id_session", kind: integer, help: "ID of session from which to request all assets"},
	{name: "id_participant", kind: integer, help: "ID of participant from which to request all assets"},
	{name: "id_user", kind: integer, help: "ID of the user from which to request all assets."},
	{name: "service_uuid", kind: text, help: "Query all assets associated with that service uuid"},
	{name: "id_creator_service", kind: integer, help: "ID of the service from which to request all created assets."},
	{name: "id_creator_user", kind: integer, help: "ID of the user from which to request all created assets."},
	{name: "id_creator_participant", kind: integer, help: "ID of the participant from which to request all created assets."},
	{name: "id_creator_device", kind: integer, help: "ID of the device from which to request all created assets."},
	withURLsParam,
	onlyTokenParam,
}

// byPerson is an argument that asks for what somebody is concerned with: who may ask, and the refusal.
type byPerson struct {
	arg    string
	may    func(c *call, ids ...int) (bool, error)
	denied string
}

var (
	byDeviceID      = byPerson{"id_device", may[store.Device], "Device access denied"}
	bySessionID     = byPerson{"id_session", mayListSession, "Session access denied"}
	byParticipantID = byPerson{"id_participant", may[store.Participant], "Participant access denied"}
	byUserID        = byPerson{"id_user", may[store.User], "User access denied"}
)

// mayListSession: for users the rule for one session, for services that of lists (core.md 5.2, 5.3).
func mayListSession(c *call, ids ...int) (bool, error) {
	if c.id.User != nil {
		return c.api.store.MaySeeSession(c.ctx(), c.access(), ids[0])
	}
	return may[store.Session](c, ids...)
}

// firstPerson is the first of the arguments that is given and its id, once the caller is allowed to ask; "" for none.
func (c *call) firstPerson(persons []byPerson) (arg string, id int, err error) {
	for _, p := range persons {
		if id := c.args.int(p.arg); id != 0 {
			ok, err := p.may(c, id)
			if err == nil && !ok {
				err = fail(http.StatusForbidden, p.denied)
			}
			return p.arg, id, err
		}
	}
	return "", 0, nil
}

// listAssets lists what q and the caller's access leave. persons are the arguments that come before the others.
func (a *API) listAssets(c *call, persons []byPerson, m store.Mode) (any, error) {
	if !c.args.any() {
		return nil, fail(http.StatusBadRequest, "No arguments specified")
	}
	arg, id, err := c.firstPerson(persons)
	if err != nil {
		return nil, err
	}
	access := c.access()
	var q store.AssetQuery
	switch arg {
	case "id_device":
		q.Device = id
	case "id_session":
		q.Session, access = id, store.Everything() // the session was checked
	case "id_participant":
		q.Participant = id
	case "id_user":
		q.User = id
	case "id_creator_service":
		q.OfService = id
	case "id_creator_user":
		q.OfUser = id
	case "id_creator_participant":
		q.OfParticipant = id
	case "id_creator_device":
		q.OfDevice = id
	default:
		switch {
		case c.args.int("id_asset") != 0:
			q.IDs = []int{c.args.int("id_asset")}
		case c.args.text("asset_uuid") != "":
			q.UUIDs = []string{c.args.text("asset_uuid")}
		case c.args.text("service_uuid") != "":
			q.KeptBy = c.args.text("service_uuid")
		default:
			return nil, fail(http.StatusBadRequest, "Missing argument")
		}
	}
	assets, err := a.store.Assets(c.ctx(), access, q)
	if err != nil {
		return nil, err
	}
	urls, err := c.enabledURLs()
	if err != nil {
		return nil, err
	}
	return a.assetObjects(c, assets, m, urls)
}

// assetObjects is the JSON of assets with what with_urls and with_only_token ask for.
func (a *API) assetObjects(c *call, assets []*store.Asset, m store.Mode, urls serviceURLs) ([]store.Object, error) {
	withURLs, onlyToken := c.args.bool("with_urls"), c.args.bool("with_only_token")
	objects := make([]store.Object, len(assets))
	if !onlyToken {
		var err error
		if objects, err = store.JSON(c.ctx(), a.store, m, assets...); err != nil {
			return nil, err
		}
	}
	for i, asset := range assets {
		if onlyToken {
			objects[i] = store.Object{"asset_uuid": asset.UUID}
		}
		if withURLs || onlyToken {
			t, err := a.login.AssetToken(asset.UUID, c.requester())
			if err != nil {
				return nil, err
			}
			objects[i]["access_token"] = t
		}
		if withURLs {
			s := urls.byUUID[asset.ServiceUUID]
			objects[i]["asset_infos_url"], objects[i]["asset_url"] = urls.at(s, "/api/assets/infos"), urls.at(s, "/api/assets")
		}
	}
	return objects, nil
}

var ownAssetsParams = []param{
	{name: "asset_uuid", kind: text, help: "Asset UUID to query"},
	{name: "id_asset", kind: integer, help: "Asset ID to query"},
	{name: "id_session", kind: integer, help: "Session ID to query assets for"},
	withURLsParam,
	onlyTokenParam,
}

// listOwnAssets lists the assets of a participant or device, all or some; created is the rule for id_session.
func (a *API) listOwnAssets(c *call, created func(s *store.Session) bool) ([]*store.Asset, error) {
	var q store.AssetQuery
	if id := c.args.int("id_session"); id != 0 {
		s, err := find[store.Session](c, id, errNoSessionAccess)
		if err != nil {
			return nil, err
		}
		if !created(s) {
			return nil, errNoSessionAccess
		}
	}
	switch {
	case c.args.int("id_asset") != 0:
		q.IDs = []int{c.args.int("id_asset")}
	case c.args.text("asset_uuid") != "":
		q.UUIDs = []string{c.args.text("asset_uuid")}
	case c.args.int("id_session") != 0:
		q.Session = c.args.int("id_session")
	}
	return a.store.Assets(c.ctx(), c.access(), q)
}

var errNoSessionAccess = fail(http.StatusForbidden, "No access to session")
