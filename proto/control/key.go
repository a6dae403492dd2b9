package control

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// SecretSize is the length in bytes of the secret that makes the invitee keys of one session.
const SecretSize = 32

// NewSecret returns the secret of a new session.
func NewSecret() []byte {
	secret := make([]byte, SecretSize)
	rand.Read(secret) // never fails (crypto/rand)
	return secret
}

// InviteeKey is the key in the URL of one invitee: "<uuid>.<mac>", where mac is the unpadded base64url text of
// HMAC-SHA256(secret, "<kind>:<uuid>"). It is the same each time, because clients compare invitation URLs as text, and
// has only characters that no URL library escapes (RFC 3986, section 2.3).
func InviteeKey(secret []byte, kind, uuid string) string {
	return uuid + "." + base64.RawURLEncoding.EncodeToString(inviteeMAC(secret, kind, uuid))
}

// CheckInviteeKey returns the uuid of an invitee key if it was made with secret for kind. Whether that invitee is
// still in the session is for the caller to check.
func CheckInviteeKey(secret []byte, kind, key string) (uuid string, ok bool) {
	i := strings.LastIndexByte(key, '.')
	if i < 1 || len(secret) == 0 {
		return "", false
	}
	mac, err := base64.RawURLEncoding.Strict().DecodeString(key[i+1:])
	if err != nil {
		return "", false
	}
	uuid = key[:i]
	if !hmac.Equal(mac, inviteeMAC(secret, kind, uuid)) { // constant time
		return "", false
	}
	return uuid, true
}

func inviteeMAC(secret []byte, kind, uuid string) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(kind + ":" + uuid))
	return h.Sum(nil)
}
