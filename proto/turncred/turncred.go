// Package turncred is what rooms and the TURN server agree on: credentials that are good for a short time and for one media
// port of this host. They follow "A REST API For Access To TURN Services" (draft-uberti-behave-turn-rest-00): the username
// tells what is granted, the credential is its MAC. The TURN server knows the secret of all, each room the key of its own
// port only, so that a room cannot make credentials for another one.
package turncred

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" // what TURN clients and servers of the draft use; as a MAC it is sound (RFC 6151 is about MD5)
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// SecretSize is the length of the secret and of a room's key, in bytes.
const SecretSize = 32

// NewSecret returns a secret of which the keys of all rooms are made.
func NewSecret() []byte {
	secret := make([]byte, SecretSize)
	rand.Read(secret) // never fails (crypto/rand)
	return secret
}

// MaxLife is how long a credential may be good for: longer than any session, for clients that ask for one once.
const MaxLife = 12 * time.Hour

// maxPeer is the longest peer id that a username takes, in bytes.
const maxPeer = 64

// ErrUsername is a username that is not of the form that Mint makes.
var ErrUsername = errors.New("not a TURN username of a room")

// Grant is what a credential opens: relaying to one port of the server's host.
type Grant struct {
	Port    int       // UDP port of the media, 1 to 65535
	Peer    string    // whose it is; 1 to 64 letters, digits, "-" or "_"
	Expires time.Time // no new allocation from then on; whole seconds
}

// RoomKey is the key with which the room that has its media on mediaPort makes credentials.
func RoomKey(secret []byte, mediaPort int) []byte {
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "room:%d", mediaPort)
	return mac.Sum(nil)
}

// Mint makes username and credential for g. They are ASCII without spaces.
func Mint(roomKey []byte, g Grant) (username, credential string) {
	username = fmt.Sprintf("%d:%d:%s", g.Expires.Unix(), g.Port, g.Peer)
	return username, Credential(roomKey, username)
}

// Credential is the password that belongs to a username.
func Credential(roomKey []byte, username string) string {
	mac := hmac.New(sha1.New, roomKey)
	mac.Write([]byte(username)) //nolint:errcheck // never fails
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Parse reads a username. It fails with ErrUsername; it proves nothing, the credential does.
func Parse(username string) (Grant, error) {
	expires, rest, _ := strings.Cut(username, ":")
	port, peer, _ := strings.Cut(rest, ":")
	at, err := strconv.ParseInt(expires, 10, 64)
	n, perr := strconv.ParseUint(port, 10, 16)
	if err != nil || perr != nil || at <= 0 || n == 0 || !validPeer(peer) {
		return Grant{}, ErrUsername
	}
	g := Grant{Port: int(n), Peer: peer, Expires: time.Unix(at, 0)}
	if canonical, _ := Mint(nil, g); canonical != username { // "+1", "01": one grant has one name
		return Grant{}, ErrUsername
	}
	return g, nil
}

func validPeer(peer string) bool {
	if peer == "" || len(peer) > maxPeer {
		return false
	}
	return !strings.ContainsFunc(peer, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	})
}
