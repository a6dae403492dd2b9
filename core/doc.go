// Package core holds the words of the OpenTera domain that every part of the core shares: enumerations, kinds of
// identity, names of models. The parts are below: store (database), login, registry (who is online), websocket, archive
// (zip files of assets), rest. Start at store for the tables and at rest/routes.go for the API.
package core
