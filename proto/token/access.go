package token

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// AssetClaims let the requester fetch a file from the service that keeps it.
type AssetClaims struct {
	Standard
	AssetUUID     string `json:"asset_uuids"` // one, as text: so the core writes it; services also accept a list
	RequesterUUID string `json:"requester_uuid"`
}

// TestClaims let the requester see the answers of a test at the service that keeps them.
type TestClaims struct {
	Standard
	TestUUID      string `json:"test_uuids"`
	RequesterUUID string `json:"requester_uuid"`
}

// TestTypeClaims let the requester see a questionnaire at the service that offers it, or edit it.
type TestTypeClaims struct {
	Standard
	TestTypeUUID  string `json:"test_type_uuids"`
	CanEdit       bool   `json:"can_edit"`
	RequesterUUID string `json:"requester_uuid"`
}

// Access is what an access token begins with: as Dynamic, without jti.
func Access(lifetime time.Duration) Standard {
	s := Dynamic(lifetime)
	s.ID = ""
	return s
}

// SignAccess signs access claims with ServiceTokenAPIKey.
func SignAccess[C AssetClaims | TestClaims | TestTypeClaims](key string, c C) (string, error) {
	return sign(key, any(c).(jwt.Claims))
}
