package signaling

import (
	"crypto/sha256"
	"crypto/subtle"

	"github.com/gotera/gotera/proto/control"
)

// kinds are the account kinds that have a page; the page is the kind with an "s".
var kinds = []string{control.User, control.Participant, control.Device}

// identity says who holds a key. With the shared key only the kind is known, from the page that was asked for; uuid
// and name are then what the peer says of itself.
type identity struct {
	kind     string
	uuid     string
	name     string
	verified bool // came with an invitee key
}

// who is the identity without its name: what an invitee is listed under.
func (i identity) who() control.Who { return control.Who{Kind: i.kind, UUID: i.uuid} }

// same reports whether two peers are one holder of a key. With the shared key that is only what they say.
func (i identity) same(o identity) bool {
	return i.verified == o.verified && i.who() == o.who() && (i.verified || i.name == o.name)
}

// keys are the secrets that open the room.
type keys struct {
	shared [sha256.Size]byte // hash of the shared key: comparing hashes takes the same time whatever the lengths
	secret []byte
}

func newKeys(shared string, secret []byte) keys {
	return keys{shared: sha256.Sum256([]byte(shared)), secret: secret}
}

// check returns what key proves to somebody who asks as kind. Whether an invitee is still one is for the room to say.
// Its time does not depend on how much of the key is right.
func (k keys) check(kind, key string) (identity, bool) {
	hash := sha256.Sum256([]byte(key))
	if subtle.ConstantTimeCompare(hash[:], k.shared[:]) == 1 {
		return identity{kind: kind}, true
	}
	uuid, ok := control.CheckInviteeKey(k.secret, kind, key)
	return identity{kind: kind, uuid: uuid, verified: true}, ok
}
