package quality

import (
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/sfu"
)

// counts are the counters of one track in one direction.
type counts struct{ packets, bytes, lost, nacks, rtx, plis uint64 }

func received(r sfu.ReceiverStats) counts {
	return counts{less(r.Packets, r.Repaired), r.Bytes, atLeast0(r.Missing), r.NACKs, r.RTX, r.PLIs}
}

func sent(s sfu.SenderStats) counts {
	return counts{s.Packets, s.Bytes, atLeast0(s.Lost), s.NACKs, s.RTX, s.PLIs}
}

func atLeast0(n int64) uint64 { return uint64(max(0, n)) }

// since is what was counted after old. A track that counts fewer packets than before began anew.
func (c counts) since(old counts) counts {
	if c.packets < old.packets {
		return c
	}
	return counts{
		c.packets - old.packets, less(c.bytes, old.bytes), less(c.lost, old.lost),
		less(c.nacks, old.nacks), less(c.rtx, old.rtx), less(c.plis, old.plis),
	}
}

// less is a-b, 0 when a counter fell.
func less(a, b uint64) uint64 { return a - min(a, b) }

func (c counts) add(o counts) counts {
	return counts{c.packets + o.packets, c.bytes + o.bytes, c.lost + o.lost, c.nacks + o.nacks, c.rtx + o.rtx, c.plis + o.plis}
}

// addTo adds c to the totals of a flow.
func (c counts) addTo(f *control.Flow) {
	f.Packets += c.packets
	f.Bytes += c.bytes
	f.Lost += c.lost
	f.NACKs += c.nacks
	f.RTX += c.rtx
	f.PLIs += c.plis
}

// enough packets to speak of a share: a muted microphone with DTX sends two per second.
const enough = 20

// loss is the share of packets that did not arrive by themselves, of those that left: packets that arrived without
// retransmission, and lost ones.
func loss(arrived, lost uint64) float64 {
	if all := arrived + lost; all >= enough {
		return float64(lost) / float64(all)
	}
	return 0
}

func perSecond(bytes uint64, seconds float64) uint64 {
	if seconds <= 0 {
		return 0
	}
	return uint64(float64(bytes) * 8 / seconds)
}
