package signaling

import (
	"errors"

	"github.com/pion/sdp/v3"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// offer passes an offer on to the media. Its answer comes through peer.Answer; if an offer of the server is on its way,
// there is none (the server wins), and the peer offers again later.
func (c *conn) offer(m signal.ClientOffer) error {
	if !c.peer.offers.Allow() {
		return endFlood
	}
	if err := checkSDP(m.SDP); err != nil {
		return bad("offer: %v", err)
	}
	tracks := make([]sfu.PublishedTrack, len(m.Tracks))
	for i, t := range m.Tracks {
		tracks[i] = sfu.PublishedTrack(t)
	}
	return posted(c.media.conn.Offer(m.SDP, tracks))
}

// checkSDP finds text that is no SDP at once, while the message is at hand to blame.
func checkSDP(text string) error {
	var d sdp.SessionDescription
	if d.UnmarshalString(text) != nil { // its error quotes the text, which holds addresses
		return errors.New("sdp cannot be parsed")
	}
	return nil
}

// posted turns an error of the media's queue into an ending. A closed media connection is no error of the message: it
// says so itself (peer.Closed).
func posted(err error) error {
	if errors.Is(err, sfu.ErrQueueFull) {
		return endFlood
	}
	return nil
}
