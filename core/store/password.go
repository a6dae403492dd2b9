package store

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"
)

// Weakness is a password rule that is not met (core.md 1.7, 3.7).
type Weakness int

const (
	BadLength   Weakness = 1 // fewer than 10 characters
	NoLowerCase Weakness = 2
	NoUpperCase Weakness = 3
	NoNumeric   Weakness = 4
	NoSpecial   Weakness = 5
)

// WeakPasswordError tells why a password is refused.
type WeakPasswordError struct{ Weaknesses []Weakness }

func (e *WeakPasswordError) Error() string {
	return fmt.Sprintf("password is too weak: %v", e.Weaknesses)
}

// special are the characters that count; @ : ; < = > ? do not (core.md 3.7).
const special = " !\"#$%&'()*+,-./[\\]^_`{|}~"

// PasswordWeaknesses returns the rules for users' passwords that password does not meet.
func PasswordWeaknesses(password string) []Weakness {
	var w []Weakness
	if utf8.RuneCountInString(password) < 10 {
		w = append(w, BadLength)
	}
	for _, rule := range []struct {
		chars string
		weak  Weakness
	}{
		{"0123456789", NoNumeric},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", NoUpperCase},
		{"abcdefghijklmnopqrstuvwxyz", NoLowerCase},
		{special, NoSpecial},
	} {
		if !strings.ContainsAny(password, rule.chars) {
			w = append(w, rule.weak)
		}
	}
	return w
}

// hash makes passlib's form of a bcrypt hash: "$2b$", which is what Go's "$2a$" computes.
func (tx *Tx) hash(password string) (string, error) {
	h, err := bcrypt.GenerateFromPassword(bcryptInput(password), tx.cost)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return "$2b$" + strings.TrimPrefix(string(h), "$2a$"), nil
}

// CheckPassword reports whether password belongs to a bcrypt hash ($2a$, $2b$ or $2y$). An empty hash never matches,
// and takes as long: use it for unknown names too.
func CheckPassword(hash, password string) bool {
	const nobody = "$2a$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW" // of nothing that anyone may log in with
	if hash == "" {
		_ = bcrypt.CompareHashAndPassword([]byte(nobody), bcryptInput(password))
		return false
	}
	if len(hash) < 4 {
		return false
	}
	switch prefix, rest := hash[:4], hash[4:]; prefix { // Go's package takes any letter, even that of a broken variant
	case "$2a$", "$2b$", "$2y$":
		return bcrypt.CompareHashAndPassword([]byte("$2a$"+rest), bcryptInput(password)) == nil
	}
	return false
}

// bcryptInput cuts at 72 bytes, as bcrypt by definition and passlib do; Go's package refuses longer ones.
func bcryptInput(password string) []byte {
	b := []byte(password)
	return b[:min(len(b), 72)]
}

// NewPassword makes a password that meets the rules: 20 characters, about 115 bits.
func NewPassword() string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789" // none that look alike
	for {
		p := randomText(letters, 20)
		p = p[:5] + "-" + p[5:10] + "-" + p[10:15] + "-" + p[15:]
		if len(PasswordWeaknesses(p)) == 0 {
			return p
		}
	}
}

// alphanumerics are the characters of keys in t_server_settings (core.md 2.1).
const alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func randomText(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		at, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		if err != nil {
			panic(err) // crypto/rand does not fail
		}
		b[i] = alphabet[at.Int64()]
	}
	return string(b)
}
