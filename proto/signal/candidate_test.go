package signal

import (
	"fmt"
	"testing"
)

// What is told again after a resume is of the present ICE session alone, however many there were before.
func TestKeepCandidate(t *testing.T) {
	var kept []Candidate
	for session := range 30 {
		for n := range 3 {
			line := fmt.Sprintf("candidate:%d 1 udp 2130706431 192.0.2.1 26000 typ host ufrag s%d", n, session)
			kept = KeepCandidate(kept, Candidate{&ICECandidate{Candidate: line}}, 4)
		}
		kept = KeepCandidate(kept, Candidate{}, 4)
		kept = KeepCandidate(kept, Candidate{}, 4) // one too many
		if len(kept) != 4 || kept[2].Session() != fmt.Sprint("s", session) || kept[3].Candidate != nil {
			t.Fatalf("session %d: kept %v", session, kept)
		}
	}
}
