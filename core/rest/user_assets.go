package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userAssetsIn = params{doc: "Lists assets: one, those of a session or of a service, or those that somebody is concerned with or made.", list: []param{
	{name: "id_asset", kind: integer, help: "Specific ID of asset to query information."},
	{name: "asset_uuid", kind: text, help: "Specific UUID of asset to query information."},
	{name: "id_device", kind: integer, help: "ID of the device from which to request all accessible assets"},
	{name: "id_session", kind: integer, help: "ID of session from which to request all assets"},
	{name: "id_participant", kind: integer, help: "ID of participant from which to request all accessible assets"},
	{name: "id_user", kind: integer, help: "ID of the user from which to request all accessible assets."},
	{name: "service_uuid", kind: text, help: "Query all assets associated with that service uuid"},
	{name: "id_creator_service", kind: integer, help: "ID of the service from which to request all created assets."},
	{name: "id_creator_user", kind: integer, help: "ID of the user from which to request all created assets."},
	{name: "id_creator_participant", kind: integer, help: "ID of the participant from which to request all created assets."},
	{name: "id_creator_device", kind: integer, help: "ID of the device from which to request all created assets."},
	withURLsParam,
	onlyTokenParam,
	{name: "full", kind: boolean, help: "Also include names of sessions, users, services, ... in the reply"},
}}

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
