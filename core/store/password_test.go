package store_test

import (
	"testing"

	"github.com/gotera/gotera/core/store"
)

// TestCheckPassword uses hashes made by others: glibc's crypt ("x", cost 5) under the three prefixes, and the first
// test vector of OpenBSD-derived suites.
func TestCheckPassword(t *testing.T) {
	const rest = "05$abcdefghijklmnopqrstuuhKF09ZYWwH2zP/0fwE1X8e/Q1YNx/hO"
	for _, tt := range []struct {
		hash, password string
		want           bool
	}{
		{"$2a$" + rest, "x", true},
		{"$2b$" + rest, "x", true},
		{"$2y$" + rest, "x", true},
		{"$2b$" + rest, "y", false},
		{"$2b$" + rest, "", false},
		{"$2x$" + rest, "x", false},
		{"", "x", false},
		{"x", "x", false},
	} {
		if got := store.CheckPassword(tt.hash, tt.password); got != tt.want {
			t.Errorf("CheckPassword(%q, %q) = %v", tt.hash, tt.password, got)
		}
	}
}

func TestPasswordWeaknesses(t *testing.T) {
	for _, tt := range []struct {
		password string
		want     []store.Weakness
	}{
		{"Password12345!", nil},
		{"Pass word 1", nil},
		{"Password12345@", []store.Weakness{store.NoSpecial}}, // @ does not count
		{"Short-1", []store.Weakness{store.BadLength}},
		{"", []store.Weakness{store.BadLength, store.NoNumeric, store.NoUpperCase, store.NoLowerCase, store.NoSpecial}},
		{"password-123", []store.Weakness{store.NoUpperCase}},
		{"PASSWORD-123", []store.Weakness{store.NoLowerCase}},
		{"Password-abc", []store.Weakness{store.NoNumeric}},
	} {
		equal(t, tt.password, store.PasswordWeaknesses(tt.password), tt.want)
	}
	seen := map[string]bool{}
	for range 100 {
		p := store.NewPassword()
		if w := store.PasswordWeaknesses(p); len(w) > 0 || seen[p] {
			t.Errorf("generated %q: %v", p, w)
		}
		seen[p] = true
	}
}
