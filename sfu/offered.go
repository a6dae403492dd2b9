package sfu

// OfferedLine is what an offer says of one m-line of sound or pictures that is not rejected.
type OfferedLine struct {
	Mid      string
	Kind     string // KindAudio or KindVideo
	Sends    bool   // the client would send on it
	Receives bool
	Usable   bool // it names a codec of the room
}

// Offered reads a client's offer without taking it. It fails with ErrBadDescription, in a text that quotes the offer.
func Offered(offer string) ([]OfferedLine, error) {
	d, err := parseDescription(offer)
	if err != nil {
		return nil, err
	}
	var out []OfferedLine
	for _, s := range sections(d) {
		if s.rejected || s.kind != KindAudio && s.kind != KindVideo {
			continue
		}
		usable := false
		for _, c := range s.codecs {
			usable = usable || c != codecRED // which needs another beside it
		}
		out = append(out, OfferedLine{Mid: s.mid, Kind: s.kind, Sends: s.sends(), Receives: s.receives(), Usable: usable})
	}
	return out, nil
}
