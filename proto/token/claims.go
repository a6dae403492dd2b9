package token

import "github.com/golang-jwt/jwt/v5"

// UserClaims is who a user token speaks for. It always expires.
type UserClaims struct {
	Standard
	UserUUID   string `json:"user_uuid"`
	UserID     int    `json:"id_user"`
	FullName   string `json:"user_fullname"`
	SuperAdmin bool   `json:"user_superadmin"`
	// ServiceAccess maps a service's key to the names of the global roles in it; empty for super-admins.
	ServiceAccess map[string][]string `json:"service_access"`
}

// ParticipantClaims is who a participant token speaks for. A static one has neither expiry nor name.
type ParticipantClaims struct {
	Standard
	ParticipantUUID string `json:"participant_uuid"`
	ParticipantID   int    `json:"id_participant"`
	FullName        string `json:"user_fullname,omitempty"` // the participant's name
}

// DeviceClaims is who a device token speaks for. It is always static.
type DeviceClaims struct {
	Standard
	DeviceUUID string `json:"device_uuid"`
	DeviceID   int    `json:"id_device"`
}

// ServiceClaims is which service a service token speaks for.
type ServiceClaims struct {
	Standard
	ServiceUUID string `json:"service_uuid"`
}

// SignUser signs c with the core's UserTokenAPIKey.
func SignUser(key string, c UserClaims) (string, error) {
	if c.ServiceAccess == nil {
		c.ServiceAccess = map[string][]string{} // an object, never null
	}
	return sign(key, c)
}

// SignParticipant signs c: dynamic ones with ParticipantTokenAPIKey, static ones with ParticipantStaticTokenAPIKey.
func SignParticipant(key string, c ParticipantClaims) (string, error) { return sign(key, c) }

// SignDevice signs c with DeviceStaticTokenAPIKey.
func SignDevice(key string, c DeviceClaims) (string, error) { return sign(key, c) }

// SignService signs c with ServiceTokenAPIKey.
func SignService(key string, c ServiceClaims) (string, error) { return sign(key, c) }

// VerifyUser returns the claims of a user token, or ErrExpired or ErrInvalid; one without expiry is invalid.
func VerifyUser(key, t string) (UserClaims, error) {
	var c UserClaims
	err := verify(key, t, &c, jwt.WithExpirationRequired())
	return checked(c, c.UserUUID, err)
}

// VerifyParticipant returns the claims of a participant token, or ErrExpired or ErrInvalid. A static one has no expiry:
// where only dynamic ones are good, see that Expires is not zero.
func VerifyParticipant(key, t string) (ParticipantClaims, error) {
	var c ParticipantClaims
	err := verify(key, t, &c)
	return checked(c, c.ParticipantUUID, err)
}

// VerifyDevice returns the claims of a device token, or ErrExpired or ErrInvalid.
func VerifyDevice(key, t string) (DeviceClaims, error) {
	var c DeviceClaims
	err := verify(key, t, &c)
	return checked(c, c.DeviceUUID, err)
}

// VerifyService returns the claims of a service token, or ErrExpired or ErrInvalid.
func VerifyService(key, t string) (ServiceClaims, error) {
	var c ServiceClaims
	err := verify(key, t, &c)
	return checked(c, c.ServiceUUID, err)
}

// checked is c when err is nil and the uuid of its kind is there, else nothing of it.
func checked[C any](c C, uuid string, err error) (C, error) {
	var none C
	if err != nil {
		return none, err
	}
	if uuid == "" {
		return none, ErrInvalid
	}
	return c, nil
}
