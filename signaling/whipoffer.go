package signaling

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/signaling/sdpfrag"
)

// whipOffer is an offer that can be answered whole: there are no answers that take only a part (RFC 9725, section 4.4.3).
type whipOffer struct {
	sdp    string
	tracks []sfu.PublishedTrack // empty when it watches
	source string
	kinds  []string
}

// codecsText says what an offer may name.
const codecsText = "sound is opus; pictures are VP8, VP9 (profile 0), AV1, or H264 of (constrained) baseline with packetization-mode=1"

// readWHIPOffer checks a client's offer. Its error is a refusal.
func readWHIPOffer(p httpProtocol, text, source string) (whipOffer, error) {
	if source == "" {
		source = signal.SourceCamera
	}
	if !slices.Contains([]string{signal.SourceCamera, signal.SourceCamera2, signal.SourceScreen}, source) {
		return whipOffer{}, refusal{status: http.StatusBadRequest, text: "source is not camera, camera2 or screen"}
	}
	if strings.TrimSpace(text) == "" {
		return whipOffer{}, refusal{status: http.StatusBadRequest, text: "the body is empty: the client offers here, the server does not"}
	}
	lines, err := sfu.Offered(text)
	if err != nil { // its text quotes the offer
		return whipOffer{}, refusal{status: http.StatusBadRequest, text: "the offer is no session description"}
	}
	if ufrag, pwd := sdpfrag.Credentials(text); ufrag == "" || pwd == "" || !strings.Contains(text, "a=fingerprint:") {
		return whipOffer{}, refusal{status: http.StatusBadRequest, text: "the offer has no ice-ufrag, ice-pwd or fingerprint"}
	}
	o := whipOffer{source: source}
	for _, l := range lines {
		if err := o.add(p, l); err != nil {
			return whipOffer{}, err
		}
	}
	if len(o.kinds) == 0 {
		return whipOffer{}, refusal{status: http.StatusUnprocessableEntity, text: "the offer has neither sound nor pictures"}
	}
	o.sdp = oneWay(text, p)
	return o, nil
}

// add takes one m-line of the offer.
func (o *whipOffer) add(p httpProtocol, l sfu.OfferedLine) error {
	flows, way := l.Sends, "sendonly or sendrecv, since this client publishes"
	if p.watches {
		flows, way = l.Receives, "recvonly or sendrecv, since this client watches"
	}
	var text string
	switch {
	case !flows:
		text = fmt.Sprintf("each m-line should be %s", way)
	case !l.Usable:
		text = fmt.Sprintf("no codec of the %s is known here: %s", l.Kind, codecsText)
	case slices.Contains(o.kinds, l.Kind):
		text = fmt.Sprintf("there is more than one %s: offer each in a connection of its own", l.Kind)
	default:
		o.kinds = append(o.kinds, l.Kind)
		if !p.watches {
			o.tracks = append(o.tracks, sfu.PublishedTrack{Mid: l.Mid, Source: o.source, Kind: l.Kind})
		}
		return nil
	}
	return refusal{status: http.StatusUnprocessableEntity, text: text}
}

// oneWay makes an offer of both ways one of the way that counts: so it is answered as both protocols want it. Candidates that
// are not understood are left out.
func oneWay(offer string, p httpProtocol) string {
	way := "a=sendonly"
	if p.watches {
		way = "a=recvonly"
	}
	var out []string
	section := false // whether the direction of an m-line of media is still to be said
	say := func() {
		if section {
			out = append(out, way) // none means both (RFC 8866, section 6.7)
		}
	}
	for line := range strings.SplitSeq(strings.TrimRight(strings.ReplaceAll(offer, "\r\n", "\n"), "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "m="):
			say()
			section = strings.HasPrefix(line, "m=audio ") || strings.HasPrefix(line, "m=video ")
		case line == "a=sendrecv":
			line = way
			section = false
		case line == "a=sendonly" || line == "a=recvonly" || line == "a=inactive":
			section = false
		case strings.HasPrefix(line, "a=candidate:") && !sdpfrag.Understood(line[2:]):
			continue
		}
		out = append(out, line)
	}
	say()
	return strings.Join(out, "\r\n") + "\r\n"
}

// state is what others are told of the client: that what it does not send is off, and not about to come.
func (o whipOffer) state() map[string]bool {
	sends := func(source, kind string) bool {
		return slices.ContainsFunc(o.tracks, func(t sfu.PublishedTrack) bool { return t.Source == source && t.Kind == kind })
	}
	state := map[string]bool{}
	for name, s := range switches {
		state[name] = sends(s.Source, s.Kind)
	}
	return state
}
