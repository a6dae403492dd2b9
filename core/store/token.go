package store

import (
	"context"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// tokenIssuer is the iss claim of every token of the server (core.md 3.2).
const tokenIssuer = "TeraServer"

// staticToken signs a token that never expires with the key that a setting holds (core.md 3.2: participant static,
// device static). Being random (jti), a new token replaces the older one for good: verifiers compare with the column.
func (tx *Tx) staticToken(ctx context.Context, setting string, claims jwt.MapClaims) (*string, error) {
	key, err := tx.Setting(ctx, setting)
	if err != nil {
		return nil, fmt.Errorf("make token: %w", err)
	}
	claims["iss"] = tokenIssuer
	claims["jti"] = uuid.NewString()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(key))
	if err != nil {
		return nil, fmt.Errorf("make token: %w", err)
	}
	return &token, nil
}
