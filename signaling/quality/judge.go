package quality

import "github.com/gotera/gotera/proto/signal"

// Reasons why a connection is not good, as signal.PeerQuality names them.
const (
	reasonLoss      = "loss"
	reasonRTT       = "rtt"
	reasonJitter    = "jitter"
	reasonFrozen    = "frozen"
	reasonConcealed = "concealed"
	reasonReduced   = "reduced"
	reasonPaused    = "paused"
)

// sample is what is judged; 0 where nothing is known.
type sample struct {
	loss      float64 // share of the packets lost on the way, the worse direction
	rtt       float64 // seconds to the room and back
	jitter    float64 // seconds, the worse direction
	frozen    float64 // share of the time that its worst picture stood still
	concealed float64 // share of the sound that was made up
	reduced   bool    // the room sends it a smaller picture than it shows, for lack of bandwidth
	paused    bool    // the room sends it no picture, for the same reason
}

// Limits, from what people notice: Opus with in-band FEC hides 5 % of loss; conversation suffers from 150 ms one way on
// (ITU-T G.114), that is 300 ms to the room and back when both sides are like this one; a jitter buffer absorbs 50 ms.
// web/src/media/quality.ts has the same for what arrives at a page (a test compares them), docs/quality.md tells them.
var (
	fairLimits = sample{loss: 0.03, rtt: 0.3, jitter: 0.05, frozen: 0.1, concealed: 0.05}
	poorLimits = sample{loss: 0.1, rtt: 0.6, jitter: 0.12, frozen: 0.4, concealed: 0.2}
)

// judge says what a sample is like, as bad as its worst value, and what makes it so.
func judge(s sample) (word string, reasons []string) {
	if over := s.over(poorLimits); len(over) > 0 || s.paused {
		if s.paused {
			over = append(over, reasonPaused)
		}
		return signal.QualityPoor, over
	}
	if over := s.over(fairLimits); len(over) > 0 || s.reduced {
		if s.reduced {
			over = append(over, reasonReduced)
		}
		return signal.QualityFair, over
	}
	return signal.QualityGood, nil
}

func (s sample) over(limits sample) (reasons []string) {
	for _, v := range []struct {
		reason       string
		value, limit float64
	}{
		{reasonLoss, s.loss, limits.loss},
		{reasonRTT, s.rtt, limits.rtt},
		{reasonJitter, s.jitter, limits.jitter},
		{reasonFrozen, s.frozen, limits.frozen},
		{reasonConcealed, s.concealed, limits.concealed},
	} {
		if v.value > v.limit {
			reasons = append(reasons, v.reason)
		}
	}
	return reasons
}

// steady makes a word that does not flicker: worse has to hold for two samples, better for three. The first counts.
type steady struct {
	word    string
	reasons []string
	wanted  string
	count   int
}

var rank = map[string]int{signal.QualityGood: 0, signal.QualityFair: 1, signal.QualityPoor: 2}

func (s *steady) next(word string, reasons []string) {
	if s.word == "" || word == s.word {
		s.word, s.reasons, s.count = word, reasons, 0
		return
	}
	if word == s.wanted {
		s.count++
	} else {
		s.wanted, s.count = word, 1
	}
	need := 3
	if rank[word] > rank[s.word] {
		need = 2
	}
	if s.count >= need {
		s.word, s.reasons, s.count = word, reasons, 0
	}
}
