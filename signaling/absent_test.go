package signaling

import (
	"testing"

	"github.com/gotera/gotera/proto/signal"
)

// Those who are away do not keep others out of a full room; whoever is there does.
func TestAbsentPeersGiveUpTheirPlaceInAFullRoom(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.MaxPeers = 2 })
	a := r.connect(clinician)
	a.join()
	away := r.connect(robot)
	away.join()
	away.ws.NetConn().Close() //nolint:errcheck // that is the fault
	expectThat(a, func(m signal.PeerUpdate) bool { return !m.Peer.Connected })
	r.connect(patient).join()
	if left := expect[signal.Left](a); left.Reason != signal.ReasonLost {
		t.Errorf("it left because of %s", left.Reason)
	}
	third := r.connect(robot)
	third.send(signal.Join{Protocol: signal.Version})
	third.expectClose(signal.CloseFull)
}
