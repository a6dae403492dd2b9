package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const key = "0123456789abcdefghijklmnopqrstuv"

// handmade is a token as RFC 7515 says, without a library.
func handmade(alg, key, claims string) string {
	b64 := base64.RawURLEncoding.EncodeToString
	signed := b64([]byte(`{"alg":"`+alg+`","typ":"JWT"}`)) + "." + b64([]byte(claims))
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(signed))
	return signed + "." + b64(mac.Sum(nil))
}

// verifiers are the four Verify functions with one result type.
var verifiers = map[string]func(key, t string) (any, error){
	"user":        func(k, t string) (any, error) { return VerifyUser(k, t) },
	"participant": func(k, t string) (any, error) { return VerifyParticipant(k, t) },
	"device":      func(k, t string) (any, error) { return VerifyDevice(k, t) },
	"service":     func(k, t string) (any, error) { return VerifyService(k, t) },
}

func TestSignAndVerify(t *testing.T) {
	user := UserClaims{Dynamic(time.Hour), "u", 3, "Ada", true, map[string][]string{}}
	dynamic := ParticipantClaims{Dynamic(30 * time.Minute), "p", 4, "Bob"}
	static := ParticipantClaims{Static(), "p", 4, ""}
	device := DeviceClaims{Static(), "d", 5}
	service := ServiceClaims{SelfIssued(), "s"}
	for _, tt := range []struct {
		kind   string
		sign   func() (string, error)
		want   any
		claims string // those of core.md 3.2, sorted
	}{
		{"user", func() (string, error) { return SignUser(key, user) }, user,
			"exp iat id_user iss jti service_access user_fullname user_superadmin user_uuid"},
		{"participant", func() (string, error) { return SignParticipant(key, dynamic) }, dynamic,
			"exp iat id_participant iss jti participant_uuid user_fullname"},
		{"participant", func() (string, error) { return SignParticipant(key, static) }, static,
			"id_participant iss jti participant_uuid"},
		{"device", func() (string, error) { return SignDevice(key, device) }, device, "device_uuid id_device iss jti"},
		{"service", func() (string, error) { return SignService(key, service) }, service, "iat service_uuid"},
	} {
		s, err := tt.sign()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := base64.RawURLEncoding.DecodeString(strings.Split(s, ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		var claims map[string]any
		if err := json.Unmarshal(raw, &claims); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(slices.Sorted(maps.Keys(claims)), " "); got != tt.claims {
			t.Errorf("%s: claims %s, want %s", tt.kind, got, tt.claims)
		}
		if s != handmade("HS256", key, string(raw)) {
			t.Errorf("%s: the signature is not the one of RFC 7515", tt.kind)
		}
		if got, err := verifiers[tt.kind](key, s); err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %+v, %v, want %+v", tt.kind, got, err, tt.want)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	future, past := time.Now().Add(time.Hour).Unix(), time.Now().Unix()
	user := func(exp int64) string { return fmt.Sprintf(`{"user_uuid":"u","exp":%d}`, exp) }
	good := handmade("HS256", key, user(future))
	for _, tt := range []struct {
		name, kind, key, token string
		want                   error
	}{
		{"a good one", "user", key, good, nil},
		{"fractions of seconds", "user", key, handmade("HS256", key, fmt.Sprintf(`{"user_uuid":"u","exp":%d.5}`, future)), nil},
		{"service of a Python service", "service", key, handmade("HS256", key, `{"iat":1700000000,"service_uuid":"s"}`), nil},
		{"over this very second", "user", key, handmade("HS256", key, user(past)), ErrExpired},
		{"over and signed by another", "user", key, handmade("HS256", "other", user(past)), ErrInvalid},
		{"another key", "user", "other", good, ErrInvalid},
		{"no key", "user", "", handmade("HS256", "", user(future)), ErrInvalid},
		{"user without expiry", "user", key, handmade("HS256", key, `{"user_uuid":"u"}`), ErrInvalid},
		{"user without uuid", "user", key, handmade("HS256", key, fmt.Sprintf(`{"exp":%d}`, future)), ErrInvalid},
		{"another kind", "participant", key, good, ErrInvalid},
		{"a service's for a device", "device", key, handmade("HS256", key, `{"service_uuid":"s"}`), ErrInvalid},
		{"algorithm none", "user", key, handmade("none", key, user(future)), ErrInvalid},
		{"algorithm none, unsigned", "user", key, strings.TrimRight(handmade("none", key, user(future)), "-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), ErrInvalid},
		{"claims HS512", "user", key, handmade("HS512", key, user(future)), ErrInvalid},
		{"empty", "user", key, "", ErrInvalid},
		{"not a token", "user", key, "a.b.c", ErrInvalid},
		{"too long", "user", key, handmade("HS256", key, `{"user_uuid":"`+strings.Repeat("u", maxLength)+`"}`), ErrInvalid},
	} {
		claims, err := verifiers[tt.kind](tt.key, tt.token)
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: got error %v, want %v", tt.name, err, tt.want)
		}
		if err != nil && !reflect.ValueOf(claims).IsZero() {
			t.Errorf("%s: refused, and still has claims", tt.name)
		}
	}
}

func TestTokenEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := SignUser(key, UserClaims{Standard: Dynamic(time.Minute), UserUUID: "u"})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute - time.Nanosecond)
		if c, err := VerifyUser(key, s); err != nil || time.Until(c.Expires()) != time.Nanosecond {
			t.Errorf("before its end: got %v, left %v", err, time.Until(c.Expires()))
		}
		time.Sleep(time.Nanosecond)
		if _, err := VerifyUser(key, s); !errors.Is(err, ErrExpired) {
			t.Errorf("at its end: got %v, want %v", err, ErrExpired)
		}
	})
}

func TestSignNeedsAKey(t *testing.T) {
	if _, err := SignService("", ServiceClaims{SelfIssued(), "s"}); err == nil {
		t.Error("signed with an empty key")
	}
}
