package connectivity

import (
	"github.com/pion/sdp/v3"
)

// maxOffer is in bytes; a browser's offer of one data channel has about 800.
const maxOffer = 16 << 10

// checkOffer returns an offer of one data channel section without its candidates: the echo peer waits to be found, so
// that nobody makes it send anything to an address that is not their own.
func checkOffer(text string) (string, error) {
	if len(text) > maxOffer {
		return "", ErrOffer
	}
	var d sdp.SessionDescription
	if err := d.UnmarshalString(text); err != nil || len(d.MediaDescriptions) != 1 {
		return "", ErrOffer
	}
	m := d.MediaDescriptions[0]
	if m.MediaName.Media != "application" {
		return "", ErrOffer
	}
	kept := m.Attributes[:0]
	for _, a := range m.Attributes {
		if a.Key != "candidate" && a.Key != "end-of-candidates" {
			kept = append(kept, a)
		}
	}
	m.Attributes = kept
	raw, err := d.Marshal()
	if err != nil {
		return "", ErrOffer
	}
	return string(raw), nil
}
