package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var serviceAssetsIn = params{doc: "Lists assets: one, those of a session or of a service, or those that somebody is concerned with or made.", list: assetsParams}

// Any service may be named as the creator: what is listed is only what the caller may see of it (core.md 13.2, 27).
var serviceAssetsBy = []byPerson{
	byDeviceID, bySessionID, byParticipantID, byUserID,
	{"id_creator_service", func(*call, ...int) (bool, error) { return true, nil }, ""},
	{"id_creator_user", may[store.User], "User access denied"},
	{"id_creator_participant", may[store.Participant], "Participant access denied"},
	{"id_creator_device", may[store.Device], "Device access denied"},
}

func (a *API) getServiceAssets(c *call) (any, error) {
	return a.listAssets(c, serviceAssetsBy, store.Full)
}

var serviceAssetsPostIn = params{body: "asset", doc: "Describes a new asset (id 0), which the service itself keeps, or changes the description of one."}

var errNoAssetSession = fail(http.StatusForbidden, "Service can't create assets for that session")

func (a *API) postServiceAssets(c *call) (any, error) {
	o, err := c.wrapped("asset", "Missing asset field")
	if err != nil {
		return nil, err
	}
	if !o.has("id_asset") {
		return nil, fail(http.StatusBadRequest, "Missing id_asset field")
	}
	id, err := o.id("id_asset")
	if err != nil {
		return nil, err
	}
	if err := checkAssetFields(o, id == 0); err != nil {
		return nil, err
	}
	var old store.Asset
	if id > 0 {
		row, err := find[store.Asset](c, id, errNoAssetSession)
		if err != nil {
			return nil, err
		}
		old = *row
	}
	session, err := c.dataSession(o, old.SessionID, errNoAssetSession)
	if err != nil {
		return nil, err
	}
	err = a.checkOwners(c, o, session, map[string]*int{
		"id_participant": old.ParticipantID, "id_user": old.UserID, "id_device": old.DeviceID, "id_service": old.ServiceID,
	})
	if err != nil {
		return nil, err
	}
	delete(o, "asset_uuid") // made by the server, and never another
	delete(o, "asset_service_uuid")
	if id == 0 {
		o["asset_service_uuid"] = c.id.Service.UUID
	}
	var asset *store.Asset
	err = c.write(func(tx *store.Tx) (err error) {
		asset, err = save[store.Asset](c, tx, id, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, store.Full, asset)
}

func checkAssetFields(o object, create bool) error {
	if create && !o.has("id_session") {
		return fail(http.StatusBadRequest, "Unknown session")
	}
	for _, f := range []struct{ key, text string }{{"asset_type", "Invalid asset type"}, {"asset_name", "Invalid asset name"}} {
		v, err := o.text(f.key)
		if err != nil {
			return err
		}
		if v == "" && (create || o.has(f.key)) {
			return fail(http.StatusBadRequest, f.text)
		}
	}
	return nil
}

// dataSession is the session that a posted asset or test belongs to, which the service must be allowed to see, as it must the
// one that the row belongs to already (0 for a new one). The list rule holds for both.
func (c *call) dataSession(o object, old int, refusal error) (int, error) {
	session, given, err := o.optionalID("id_session")
	if err != nil {
		return 0, err
	}
	if !given {
		delete(o, "id_session")
		session = old
	}
	ids := []int{session}
	if old != 0 {
		ids = append(ids, old)
	}
	return session, must[store.Session](c, refusal, ids...)
}

var serviceAssetsDeleteIn = params{doc: "Deletes the description of an asset.", list: []param{
	{name: "uuid", kind: text, help: "Asset UUID to delete", required: true},
}}

func (a *API) deleteServiceAssets(c *call) (any, error) {
	asset, err := byUUID(c, a.store.AssetByUUID)
	if err != nil {
		return nil, err
	}
	if err := must[store.Session](c, fail(http.StatusForbidden, "Service can't delete assets for that session"), asset.SessionID); err != nil {
		return nil, err
	}
	return "", deleteRow[store.Asset](c, asset.ID, nil)
}
