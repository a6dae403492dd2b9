package turncred

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

func TestMintAndParse(t *testing.T) {
	key := RoomKey(bytes.Repeat([]byte{1}, SecretSize), 18080)
	want := Grant{Port: 18080, Peer: "7k3q5z2m4n6p2r3s", Expires: time.Unix(1800000000, 0)}
	username, credential := Mint(key, want)
	if username != "1800000000:18080:7k3q5z2m4n6p2r3s" {
		t.Errorf("username %q", username)
	}
	got, err := Parse(username)
	if err != nil || got != want {
		t.Errorf("Parse(%q) = %v, %v", username, got, err)
	}
	if credential != Credential(key, username) || credential == Credential(RoomKey(nil, 18080), username) {
		t.Error("the credential does not depend on key and username alone")
	}
}

// A room that has become somebody else's tool cannot make credentials for the ports of others.
func TestRoomKeysDiffer(t *testing.T) {
	secret := bytes.Repeat([]byte{7}, SecretSize)
	if bytes.Equal(RoomKey(secret, 18080), RoomKey(secret, 18081)) {
		t.Error("two rooms have one key")
	}
}

func TestParseRefuses(t *testing.T) {
	for _, username := range []string{
		"", "1800000000", "1800000000:18080", "1800000000:18080:", ":18080:a", "-1:18080:a", "+1800000000:18080:a", "01800000000:18080:a",
		"1800000000:0:a", "1800000000:65536:a", "1800000000:018080:a", "1800000000:18080:a b", "1800000000:18080:a:b", "1800000000:18080:é",
		"x:18080:a", "1800000000:y:a", "99999999999999999999:18080:a",
	} {
		if g, err := Parse(username); !errors.Is(err, ErrUsername) {
			t.Errorf("Parse(%q) = %v, %v, want ErrUsername", username, g, err)
		}
	}
}
