package signaling

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
	pionmedia "github.com/pion/webrtc/v4/pkg/media"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/peer/vp8"
	"github.com/gotera/gotera/signaling/sdpfrag"
)

// response is the answer to a request, read.
type response struct {
	status int
	header http.Header
	body   string
}

// request sends a request to the room. Headers come in pairs.
func (r *testRoom) request(method, target, body string, headers ...string) response {
	r.t.Helper()
	req, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if body == "" {
		req.Body = http.NoBody
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response{res.StatusCode, res.Header, string(raw)}
}

// at is a path of the room.
func (r *testRoom) at(path string) string { return "http://" + r.addr + path }

// webClient is a client of WHIP or WHEP: a Pion connection, and HTTP by hand.
type webClient struct {
	r        *testRoom
	pc       *webrtc.PeerConnection
	key      string
	resource string // URL
	etag     string
	answer   string
	deaf     bool // takes no candidates of the room: its own have to do

	mu     sync.Mutex
	frames map[string]int // received, by kind
	widths map[int]int    // of key frames
	ssrcs  map[webrtc.SSRC]bool
}

// newWebClient makes a client that has sent nothing yet.
func (r *testRoom) newWebClient(key string, change ...func(*webrtc.SettingEngine)) *webClient {
	r.t.Helper()
	return r.newWebClientWith(key, nil, change...)
}

// newWebClientWith is newWebClient with codecs and extensions of its own, if m is not nil.
func (r *testRoom) newWebClientWith(key string, m *webrtc.MediaEngine, change ...func(*webrtc.SettingEngine)) *webClient {
	r.t.Helper()
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	for _, f := range change {
		f(&s)
	}
	options := []func(*webrtc.API){webrtc.WithSettingEngine(s)}
	if m != nil {
		options = append(options, webrtc.WithMediaEngine(m))
	}
	pc, err := webrtc.NewAPI(options...).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		r.t.Fatal(err)
	}
	c := &webClient{r: r, pc: pc, key: key, frames: map[string]int{}, widths: map[int]int{}, ssrcs: map[webrtc.SSRC]bool{}}
	pc.OnTrack(c.read)
	r.t.Cleanup(func() { pc.Close() }) //nolint:errcheck // the test is over
	return c
}

// send adds what the client publishes: a picture, a sound.
func (c *webClient) send(sources ...headless.Media) {
	c.r.t.Helper()
	for i, m := range sources {
		track, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: m.MIME()}, fmt.Sprint("track", i), "stream")
		if err == nil {
			_, err = c.pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		}
		if err != nil {
			c.r.t.Fatal(err)
		}
		c.feed(track, m)
	}
}

// sampleWriter is what a publisher's frames go to.
type sampleWriter interface {
	WriteSample(s pionmedia.Sample) error
}

func (c *webClient) feed(track sampleWriter, m headless.Media) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		for {
			frame, d, err := m.Next(ctx)
			if err != nil || track.WriteSample(pionmedia.Sample{Data: frame, Duration: d}) != nil {
				return
			}
		}
	})
	c.r.t.Cleanup(func() { cancel(); done.Wait() })
}

// receive adds what the client watches.
func (c *webClient) receive(kinds ...webrtc.RTPCodecType) {
	c.r.t.Helper()
	for _, kind := range kinds {
		_, err := c.pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
		if err != nil {
			c.r.t.Fatal(err)
		}
	}
}

// read counts packets that end a frame.
func (c *webClient) read(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
	for {
		p, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		c.mu.Lock()
		c.ssrcs[track.SSRC()] = true
		if track.Kind() == webrtc.RTPCodecTypeAudio || p.Marker {
			c.frames[track.Kind().String()]++
		}
		if width := keyWidth(track, p.Payload); width > 0 {
			c.widths[width]++
		}
		c.mu.Unlock()
	}
}

// keyWidth is the width that a VP8 key frame says (RFC 6386, section 9.1), or 0.
func keyWidth(track *webrtc.TrackRemote, payload []byte) int {
	if !strings.EqualFold(track.Codec().MimeType, webrtc.MimeTypeVP8) {
		return 0
	}
	var p codecs.VP8Packet
	b, err := p.Unmarshal(payload)
	if err != nil || p.S != 1 || len(b) < 10 || b[0]&1 != 0 {
		return 0
	}
	return int(b[6]) | int(b[7]&0x3f)<<8
}

// got is how many frames of a kind have come.
func (c *webClient) got(kind string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.frames[kind]
}

// awaitFrames waits for more of each kind.
func (c *webClient) awaitFrames(n int, kinds ...string) {
	c.r.t.Helper()
	for _, kind := range kinds {
		from := c.got(kind)
		waitFor(c.r.t, "frames of "+kind, func() error {
			if now := c.got(kind); now < from+n {
				return fmt.Errorf("%d of %d; the connection is %s", now-from, n, c.pc.ConnectionState())
			}
			return nil
		})
	}
}

// offer makes the offer and sets it; with all candidates if whole.
func (c *webClient) offer(whole bool) string {
	c.r.t.Helper()
	gathered := webrtc.GatheringCompletePromise(c.pc)
	offer, err := c.pc.CreateOffer(nil)
	if err == nil {
		err = c.pc.SetLocalDescription(offer)
	}
	if err != nil {
		c.r.t.Fatal(err)
	}
	if !whole {
		return offer.SDP
	}
	<-gathered
	return c.pc.LocalDescription().SDP
}

// post sends an offer to a path, and takes the answer.
func (c *webClient) post(path, offer string, headers ...string) response {
	c.r.t.Helper()
	headers = append([]string{"Authorization", "Bearer " + c.key, "Content-Type", typeSDP}, headers...)
	res := c.r.request(http.MethodPost, c.r.at(path), offer, headers...)
	if res.status != http.StatusCreated {
		return res
	}
	at, err := url.Parse(c.r.at(path))
	if err == nil {
		at, err = at.Parse(res.header.Get("Location"))
	}
	if err != nil {
		c.r.t.Fatal(err)
	}
	c.resource, c.etag, c.answer = at.String(), res.header.Get("ETag"), res.body
	if c.deaf {
		c.answer = withoutCandidates.ReplaceAllString(c.answer, "")
	}
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: c.answer}); err != nil {
		c.r.t.Fatalf("the answer does not fit: %v\n%s", err, res.body)
	}
	return res
}

var withoutCandidates = regexp.MustCompile(`a=candidate:.*\r\n`)

// mustPost is post of an offer with all candidates, and must be taken.
func (c *webClient) mustPost(path string) *webClient {
	c.r.t.Helper()
	if res := c.post(path, c.offer(true)); res.status != http.StatusCreated {
		c.r.t.Fatalf("%s answers %d %s", path, res.status, res.body)
	}
	return c
}

// patch sends a fragment.
func (c *webClient) patch(body, match string) response {
	c.r.t.Helper()
	headers := []string{"Authorization", "Bearer " + c.key, "Content-Type", typeSDPFrag}
	if match != "" {
		headers = append(headers, "If-Match", match)
	}
	return c.r.request(http.MethodPatch, c.resource, body, headers...)
}

// restart restarts ICE as RFC 9725 has it.
func (c *webClient) restart() response {
	c.r.t.Helper()
	gathered := webrtc.GatheringCompletePromise(c.pc)
	offer, err := c.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
	if err == nil {
		err = c.pc.SetLocalDescription(offer)
	}
	if err != nil {
		c.r.t.Fatal(err)
	}
	<-gathered
	res := c.patch(sdpfrag.Of(c.pc.LocalDescription().SDP, candidatesOf(c.pc.LocalDescription().SDP)), "*")
	if res.status != http.StatusOK {
		return res
	}
	f, err := sdpfrag.Parse(res.body)
	if err != nil || f.Ufrag == "" || len(f.Candidates) == 0 {
		c.r.t.Fatalf("the fragment is read as %+v, %v", f, err)
	}
	c.etag, c.answer = res.header.Get("ETag"), f.Restarted(c.answer)
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: c.answer}); err != nil {
		c.r.t.Fatal(err)
	}
	return res
}

func candidatesOf(description string) []string {
	var out []string
	for line := range strings.SplitSeq(description, "\r\n") {
		if c, ok := strings.CutPrefix(line, "a="); ok && strings.HasPrefix(c, "candidate:") {
			out = append(out, c)
		}
	}
	return out
}

// delete ends it.
func (c *webClient) delete() response {
	c.r.t.Helper()
	return c.r.request(http.MethodDelete, c.resource, "", "Authorization", "Bearer "+c.key)
}

// whipCamera publishes a picture and a sound by WHIP.
func (r *testRoom) whipCamera(key, query string) *webClient {
	r.t.Helper()
	c := r.newWebClient(key)
	c.send(headless.NewPattern("whip"), headless.NewTone())
	return c.mustPost("/whip" + query)
}

// whepPlayer watches by WHEP.
func (r *testRoom) whepPlayer(key, query string) *webClient {
	r.t.Helper()
	c := r.newWebClient(key)
	c.receive(webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio)
	return c.mustPost("/whep" + query)
}

// awaitOthers waits until p sees n others.
func awaitOthers(t *testing.T, p *headless.Peer, n int) {
	t.Helper()
	waitFor(t, fmt.Sprintf("%d others", n), func() error {
		if got := p.Peers(); len(got) != n {
			return fmt.Errorf("%+v", got)
		}
		return nil
	})
}

// moreFrames waits until p has got n more of sound and picture of the peer with id from.
func moreFrames(t *testing.T, p *headless.Peer, from string, n uint64) {
	t.Helper()
	count := func() (video, audio uint64) {
		for _, s := range p.Stats() {
			switch {
			case s.Peer == from && s.Kind == "video":
				video = s.Frames
			case s.Peer == from:
				audio = s.Frames
			}
		}
		return video, audio
	}
	video, audio := count()
	waitFor(t, "more of "+from, func() error {
		if v, a := count(); v < video+n || a < audio+n {
			return fmt.Errorf("%d frames and %d packets more, want %d", v-video, a-audio, n)
		}
		return nil
	})
}

var errNone = errors.New("not there yet")

// flat is a picture of one colour, so many blocks wide and high; each frame is a key frame.
type flat struct{ columns, rows int }

func (f flat) MIME() string { return webrtc.MimeTypeVP8 }
func (f flat) Keyframe()    {}
func (f flat) Next(ctx context.Context) ([]byte, time.Duration, error) {
	const d = 33 * time.Millisecond
	select {
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	case <-time.After(d):
	}
	frame, err := vp8.Encode(f.columns, f.rows, func(int, int) vp8.Colour { return vp8.Colour{Y: 90, U: 120, V: 130} })
	return frame, d, err
}

// sendSimulcast publishes a picture in three layers and returns their widths.
func (c *webClient) sendSimulcast() (widths []int) {
	c.r.t.Helper()
	var transceiver *webrtc.RTPTransceiver
	for i, rid := range []string{"l", "m", "h"} {
		m := flat{columns: 5 << i, rows: 3 << i}
		track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: m.MIME()}, "picture", "stream", webrtc.WithRTPStreamID(rid))
		if err == nil && transceiver == nil {
			transceiver, err = c.pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		} else if err == nil {
			err = transceiver.Sender().AddEncoding(track)
		}
		if err != nil {
			c.r.t.Fatal(err)
		}
		c.feed(&namedLayer{
			track: track, transceiver: transceiver, rid: rid,
			packets: rtp.NewPacketizer(1200, 0, 0, &codecs.VP8Payloader{}, rtp.NewRandomSequencer(), 90000),
		}, m)
		widths = append(widths, m.columns*vp8.BlockSize)
	}
	return widths
}

// namedLayer says in each packet which layer of which m-line it is, as browsers do and Pion does not (RFC 8852, RFC 8843).
type namedLayer struct {
	track       *webrtc.TrackLocalStaticRTP
	transceiver *webrtc.RTPTransceiver
	rid         string
	packets     rtp.Packetizer
}

func (l *namedLayer) WriteSample(s pionmedia.Sample) error {
	for _, p := range l.packets.Packetize(s.Data, uint32(s.Duration.Seconds()*90000)) {
		for _, e := range l.transceiver.Sender().GetParameters().HeaderExtensions {
			value := map[string]string{sdp.SDESMidURI: l.transceiver.Mid(), sdp.SDESRTPStreamIDURI: l.rid}[e.URI]
			if value == "" {
				continue
			}
			if err := p.SetExtension(uint8(e.ID), []byte(value)); err != nil {
				return err
			}
		}
		if err := l.track.WriteRTP(p); err != nil {
			return err
		}
	}
	return nil
}
