package signaling

import (
	"time"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/proto/turncred"
	"github.com/gotera/gotera/sfu"
)

// grantLife is for how long a peer can make new TURN allocations with the credentials that it was given.
const grantLife = 10 * time.Minute

// relay is the TURN server that leads to the room.
type relay struct {
	urls []string
	key  []byte // turncred.RoomKey
	port int    // of the room's media
}

// iceServers are the ICE servers for one peer, with credentials of its own made now. It is empty without a TURN server.
func (r *room) iceServers(peer string) []signal.ICEServer {
	t := r.relay
	if len(t.urls) == 0 || len(t.key) == 0 {
		return []signal.ICEServer{}
	}
	username, credential := turncred.Mint(t.key, turncred.Grant{Port: t.port, Peer: peer, Expires: time.Now().Add(grantLife)})
	return []signal.ICEServer{{URLs: t.urls, Username: username, Credential: credential}}
}

// mediaPort is the port at which the TURN server finds the media.
func mediaPort(cfg Config, media *sfu.Room) int {
	if cfg.MediaPort != 0 || media == nil {
		return cfg.MediaPort
	}
	return media.Addr().Port
}
