package rest

import (
	"net/http"
	"slices"

	"github.com/gotera/gotera/core/store"
)

var userAssetsIn = params{doc: "Lists assets: one, those of a session or of a service, or those that somebody is concerned with or made.", list: slices.Concat(assetsParams, []param{
	{name: "asset_uuid", kind: text, help: "Specific UUID of asset to query information."},
	{name: "full", kind: boolean, help: "Also include names of sessions, users, services, ... in the reply"},
})}

var userAssetsBy = []byPerson{
	byDeviceID, bySessionID, byParticipantID, byUserID,
	{"id_creator_service", may[store.Service], "Service access denied"},
	{"id_creator_user", may[store.User], "User access denied"},
	{"id_creator_participant", may[store.Participant], "Participant access denied"},
	{"id_creator_device", may[store.Device], "Device access denied"},
}

func (a *API) getUserAssets(c *call) (any, error) {
	return a.listAssets(c, userAssetsBy, mode(!c.args.bool("full")))
}

var userAssetsPostIn = params{doc: "Refused: assets are made at the service that keeps the files."}

func (a *API) postUserAssets(*call) (any, error) {
	return nil, fail(http.StatusNotImplemented,
		"Asset information update and creation must be done directly into a service (such as Filetransfer service)")
}

var userAssetsDeleteIn = params{doc: "Refused: assets are deleted at the service that keeps the files."}

func (a *API) deleteUserAssets(*call) (any, error) {
	return nil, fail(http.StatusNotImplemented,
		"Asset information deletion must be done directly into a service (such as Filetransfer service)")
}
