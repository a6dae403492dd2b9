package turn

import (
	"net/netip"
	"testing"

	"github.com/pion/stun/v4"
)

// What anybody may send does not stop the gate, and what it takes for a frame is one.
func FuzzMessages(f *testing.F) {
	room := peerAddress(netip.MustParseAddrPort("203.0.113.7:18080"))
	for _, m := range []*stun.Message{
		stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest), udpTransport),
		stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodCreatePermission, stun.ClassRequest), room, room),
		stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodSend, stun.ClassIndication), room, attribute{stun.AttrData, []byte("x")}),
		stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodChannelBind, stun.ClassErrorResponse), stun.ErrorCodeAttribute{Code: stun.CodeUnauthorized}),
	} {
		f.Add(m.Raw)
	}
	f.Add([]byte{0x40, 0, 0, 4, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, p []byte) {
		kindOf(p)
		stunID(p)
		if list := peerAddresses(p); len(list) > 16 {
			t.Errorf("%d addresses", len(list))
		}
		if out := forbidden(p, []byte("key")); len(out) == 0 && len(p) > 0 {
			t.Error("an answer is lost")
		}
		if len(p) >= 4 {
			if n := frameSize(p); n != 0 && (n < 4 || n%4 != 0) {
				t.Errorf("a frame of %d bytes", n)
			}
		}
	})
}
