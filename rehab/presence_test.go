package rehab

import (
	"log/slog"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/rehab/room"
)

// Whoever has the shared URL may claim to be the creator; one who is a member is verified by the own URL.
func TestWatchCreatorCountsVerifiedPeers(t *testing.T) {
	for _, tt := range []struct{ member, verified, seen bool }{
		{true, false, false}, {true, true, true}, {false, false, true},
	} {
		s := &Service{log: slog.New(slog.DiscardHandler)}
		s.presence = newPresence(s)
		n := s.newSession(room.Spec{}, time.Now())
		n.ending = true // no timer
		n.creator = user("user-7")
		if tt.member {
			n.members.invite([]control.Who{n.creator}, n.started)
		}
		p := peerOf(n.creator, "a")
		p.Verified = tt.verified
		n.peers[p.ID] = *p
		n.watchCreator()
		if n.seenCreator != tt.seen {
			t.Errorf("%+v: seen %v", tt, n.seenCreator)
		}
	}
}
