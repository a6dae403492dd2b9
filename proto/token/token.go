// Package token signs and verifies OpenTera's JSON web tokens (core.md 3.2): user, participant, device and service, all
// HS256. Keys come from Redis or the database and are the caller's concern, as are the sets of disabled tokens, whether
// a static token equals its database column, and whether the account still exists.
package token

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

var (
	// ErrExpired: the signature is right and the time is over.
	ErrExpired = errors.New("token expired")
	// ErrInvalid: malformed, signed with another key or algorithm, or not of the kind asked for.
	ErrInvalid = errors.New("token invalid")
)

// Issuer is the iss claim of every token that the core issues.
const Issuer = "TeraServer"

// maxLength bounds what is parsed, in bytes; a user token with many services has a few kilobytes.
const maxLength = 64 << 10

// Standard holds the registered claims: iat, exp, iss, jti. Make it with Dynamic, Static or SelfIssued.
type Standard struct{ jwt.RegisteredClaims }

// Dynamic is a core's token that ends after lifetime, in whole seconds.
func Dynamic(lifetime time.Duration) Standard {
	now := time.Now().Truncate(time.Second)
	s := Static()
	s.IssuedAt, s.ExpiresAt = jwt.NewNumericDate(now), jwt.NewNumericDate(now.Add(lifetime))
	return s
}

// Static is a core's token that never expires: participants and devices keep theirs in the database.
func Static() Standard {
	return Standard{jwt.RegisteredClaims{Issuer: Issuer, ID: uuid.NewString()}}
}

// SelfIssued is what a service signs for itself: iat only.
func SelfIssued() Standard {
	return Standard{jwt.RegisteredClaims{IssuedAt: jwt.NewNumericDate(time.Now())}}
}

// Expires is when the token ends; zero means never.
func (s Standard) Expires() time.Time {
	if s.ExpiresAt == nil {
		return time.Time{}
	}
	return s.ExpiresAt.Time
}

func sign(key string, c jwt.Claims) (string, error) {
	if key == "" {
		return "", errors.New("sign token: the key is empty")
	}
	t, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte(key))
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return t, nil
}

// verify fills c from a token signed with key, without leeway for clocks, as OpenTera. The errors say nothing of the
// token: they may be logged.
func verify(key, t string, c jwt.Claims, options ...jwt.ParserOption) error {
	if key == "" || len(t) > maxLength {
		return ErrInvalid
	}
	options = append(options, jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}))
	_, err := jwt.NewParser(options...).ParseWithClaims(t, c, func(*jwt.Token) (any, error) { return []byte(key), nil })
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jwt.ErrTokenExpired) && !errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return ErrExpired
	}
	return ErrInvalid
}
