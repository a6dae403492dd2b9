package control

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"testing"
)

const someone = "5f0c5c9a-7c1f-4a55-9b7e-2a6f0c4f7f11"

func TestInviteeKeyIsTheSameEachTime(t *testing.T) {
	secret := bytes.Repeat([]byte{7}, SecretSize)
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("participant:" + someone))
	want := someone + "." + base64.RawURLEncoding.EncodeToString(h.Sum(nil))
	for range 3 {
		if got := InviteeKey(secret, Participant, someone); got != want {
			t.Fatalf("InviteeKey = %q, want %q", got, want)
		}
	}
}

func TestCheckInviteeKey(t *testing.T) {
	secret := NewSecret()
	good := InviteeKey(secret, User, someone)
	last := good[len(good)-1]
	for name, tt := range map[string]struct {
		secret []byte
		kind   string
		key    string
		want   bool
	}{
		"right":          {secret, User, good, true},
		"other kind":     {secret, Participant, good, false},
		"other session":  {NewSecret(), User, good, false},
		"other uuid":     {secret, User, "6" + good[1:], false},
		"changed mac":    {secret, User, good[:len(good)-2] + "AA", false},
		"loose bits":     {secret, User, good[:len(good)-1] + string(last+1), false},
		"cut":            {secret, User, good[:len(good)-1], false},
		"no mac":         {secret, User, someone, false},
		"empty mac":      {secret, User, someone + ".", false},
		"empty uuid":     {secret, User, InviteeKey(secret, User, ""), false},
		"empty":          {secret, User, "", false},
		"no secret here": {nil, User, InviteeKey(nil, User, someone), false},
	} {
		uuid, ok := CheckInviteeKey(tt.secret, tt.kind, tt.key)
		if ok != tt.want || ok && uuid != someone {
			t.Errorf("%s: CheckInviteeKey = %q, %v, want ok %v", name, uuid, ok, tt.want)
		}
	}
}
