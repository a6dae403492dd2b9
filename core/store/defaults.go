package store

import "context"

// DefaultsMode chooses the default data.
type DefaultsMode int

const (
	Production DefaultsMode = iota // core.md 2.1
	TestMode                       // core.md 2.2
)

// Credentials of an account that was just made; Password is not stored anywhere else in clear.
type Credentials struct {
	Username, Password string
}

// Defaults fills the tables.
func (s *Store) Defaults(ctx context.Context, mode DefaultsMode) (*Credentials, error) {
	return nil, nil
}
