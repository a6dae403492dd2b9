package impair

import (
	"math/rand/v2"
	"time"
)

// headers is what a UDP payload is sent in: IPv4 and UDP, bytes.
const headers = 28

// Fate is what becomes of a packet.
type Fate int

// Fates. A packet that is lost was sent over the link, one that is dropped was not.
const (
	Passed  Fate = iota
	Lost         // by Loss
	Dropped      // the queue was full
)

// Counts is what a path has done since it was made.
type Counts struct {
	Packets   int     `json:"packets"` // that came in
	Bytes     int     `json:"bytes"`   // UDP payload of those
	Passed    int     `json:"passed"`
	Lost      int     `json:"lost"`      // by Loss
	Bursts    int     `json:"bursts"`    // runs of one or more lost packets
	Dropped   int     `json:"dropped"`   // the queue was full
	Reordered int     `json:"reordered"` // passed, and arrived before one that had come earlier
	MaxWait   float64 `json:"max_wait_ms"`
}

// Path is one direction of an impaired path. It is not safe for concurrent use. With the same seed and profile it
// makes the same decisions for packets of the same sizes that come at the same times.
type Path struct {
	seed   uint64
	random *rand.Rand
	prof   Profile
	link   link
	chain  chain
	last   time.Duration // the latest arrival so far
	counts Counts
}

// New makes a path that does nothing to its packets until Set.
func New(seed uint64) *Path {
	p := &Path{seed: seed}
	p.set(Profile{}, 0)
	return p
}

// Set makes the path follow a profile from now on, as one that was just made: the decisions begin anew with the seed,
// nothing waits for the link. Packets on their way arrive as was decided. It fails when the profile is out of bounds, and
// changes nothing.
func (p *Path) Set(profile Profile, now time.Duration) error {
	if err := profile.Check(); err != nil {
		return err
	}
	p.set(profile, now)
	return nil
}

func (p *Path) set(profile Profile, now time.Duration) {
	p.random = rand.New(rand.NewPCG(p.seed, 0))
	p.prof = profile
	p.link = newLink(profile, now)
	p.chain = newChain(profile.Loss, profile.Burst)
}

// Packet takes a packet of that many bytes of UDP payload. When it has passed, at says when it arrives, which is not
// before now. Times must not go back from call to call.
func (p *Path) Packet(now time.Duration, bytes int) (at time.Duration, fate Fate) {
	p.counts.Packets++
	p.counts.Bytes += bytes
	before := p.chain.bad
	lost := p.chain.next(p.random)
	deviation := 2*p.random.Float64() - 1 // drawn for every packet, so that one decision does not shift the others
	done, wait, ok := p.link.pass(now, bytes+headers)
	if !ok {
		p.counts.Dropped++
		return 0, Dropped
	}
	p.counts.MaxWait = max(p.counts.MaxWait, wait.Seconds()*1000)
	if lost || p.prof.Cut {
		p.counts.Lost++
		if !before {
			p.counts.Bursts++
		}
		return 0, Lost
	}
	p.counts.Passed++
	at = done + ms(p.prof.Delay+deviation*p.prof.Jitter)
	if at < p.last {
		if p.prof.Reorder {
			p.counts.Reordered++
			return at, Passed
		}
		at = p.last
	}
	p.last = at
	return at, Passed
}

// Counts returns what the path has done so far.
func (p *Path) Counts() Counts { return p.counts }
