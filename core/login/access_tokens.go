package login

import (
	"time"

	"github.com/gotera/gotera/proto/token"
)

const (
	accessTokenLife  = 30 * time.Minute
	serviceTokenLife = time.Hour
)

// AssetToken lets the requester fetch an asset from the service that keeps it (core.md 3.2).
func (l *Login) AssetToken(asset, requester string) (string, error) {
	return token.SignAccess(l.keys.get(serviceKeyVar), token.AssetClaims{
		Standard: token.Access(accessTokenLife), AssetUUID: asset, RequesterUUID: requester,
	})
}

// TestToken lets the requester see the answers of a test.
func (l *Login) TestToken(test, requester string) (string, error) {
	return token.SignAccess(l.keys.get(serviceKeyVar), token.TestClaims{
		Standard: token.Access(accessTokenLife), TestUUID: test, RequesterUUID: requester,
	})
}

// TestTypeToken lets the requester see a questionnaire, and edit it.
func (l *Login) TestTypeToken(testType, requester string, edit bool) (string, error) {
	return token.SignAccess(l.keys.get(serviceKeyVar), token.TestTypeClaims{
		Standard: token.Access(accessTokenLife), TestTypeUUID: testType, CanEdit: edit, RequesterUUID: requester,
	})
}

// ServiceToken speaks for a service to the other services.
func (l *Login) ServiceToken(service string) (string, error) {
	return token.SignService(l.keys.get(serviceKeyVar), token.ServiceClaims{Standard: token.Dynamic(serviceTokenLife), ServiceUUID: service})
}
