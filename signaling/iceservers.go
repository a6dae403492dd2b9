package signaling

import (
	"context"
	"time"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/proto/turncred"
	"github.com/gotera/gotera/sfu"
)

const (
	grantLife  = 10 * time.Minute // for how long a peer can make new TURN allocations with the credentials that it was given
	grantRenew = 4 * time.Minute  // between two of them: if one is not taken, the last still has two minutes
)

// relay is the TURN server that leads to the room.
type relay struct {
	urls []string
	key  []byte // turncred.RoomKey
	port int    // of the room's media
}

// iceServers are the ICE servers for one peer, with credentials of its own made now. It is empty without a TURN server.
func (r *room) iceServers(peer string) []signal.ICEServer { return r.iceServersFor(peer, grantLife) }

// iceServersFor is iceServers with credentials that are good for life, at most turncred.MaxLife.
func (r *room) iceServersFor(peer string, life time.Duration) []signal.ICEServer {
	t := r.relay
	if len(t.urls) == 0 || len(t.key) == 0 {
		return []signal.ICEServer{}
	}
	username, credential := turncred.Mint(t.key, turncred.Grant{Port: t.port, Peer: peer, Expires: time.Now().Add(life)})
	return []signal.ICEServer{{URLs: t.urls, Username: username, Credential: credential}}
}

// renewGrants gives all peers new credentials every now and then, until ctx ends.
func (r *room) renewGrants(ctx context.Context) {
	if len(r.iceServers("")) == 0 {
		return
	}
	tick := time.NewTicker(grantRenew)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		r.mu.Lock()
		for _, p := range r.peers {
			p.sendLocked(signal.ICEServers{ICEServers: r.iceServers(string(p.id))})
		}
		r.mu.Unlock()
	}
}

// mediaPort is the port at which the TURN server finds the media.
func mediaPort(cfg Config, media *sfu.Room) int {
	if cfg.MediaPort != 0 || media == nil {
		return cfg.MediaPort
	}
	return media.Addr().Port
}
