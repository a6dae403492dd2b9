package impair

import "math/rand/v2"

// chain is the two-state model of Gilbert (E. N. Gilbert, Capacity of a burst-noise channel, 1960; as in RFC 3611, section
// 4.7.2): in the bad state every packet is lost, in the good state none. Independent loss is the chain whose next
// state does not depend on the present one.
type chain struct {
	enter float64 // probability of good to bad
	leave float64 // probability of bad to good
	bad   bool
}

// newChain makes a chain that loses the given share, in runs of the given mean length.
func newChain(loss, burst float64) chain {
	if burst <= 1 {
		return chain{enter: loss, leave: 1 - loss}
	}
	leave := 1 / burst
	return chain{enter: min(1, loss*leave/(1-loss)), leave: leave}
}

// next takes one packet and reports whether it is lost.
func (c *chain) next(r *rand.Rand) bool {
	v := r.Float64()
	if c.bad {
		c.bad = v >= c.leave
	} else {
		c.bad = v < c.enter
	}
	return c.bad
}
