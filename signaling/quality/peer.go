package quality

import (
	"slices"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/selection"
)

// peer is what is remembered of a peer between two pictures.
type peer struct {
	totals control.PeerQuality
	in     map[string]counts // published, by track id
	out    map[string]counts // received, by track id
	word   steady

	fault     uint64            // of the watchdog, of what it is sent
	published map[string]uint64 // the same of what it publishes, by track id
	played    played
	lastData  control.Data
}

func newPeer() *peer {
	return &peer{in: map[string]counts{}, out: map[string]counts{}, played: newPlayed()}
}

// direction sums up the tracks of one direction over an interval.
type direction struct {
	audio, video             counts
	audioJitter, videoJitter float64 // the largest of tracks that flow
}

// next measures the peer; seconds since its last picture, 0 for the first.
func (p *peer) next(now time.Time, seconds float64, s sfu.PeerStats) Picture {
	up := p.up(s)
	down, tracks := p.down(s, seconds)
	p.totals.RTT, p.totals.Estimate = s.RTT.Seconds(), s.Estimate
	p.totals.Played = p.played.totals
	p.totals.Faults += p.faults(s)
	p.data(control.Data{Sent: s.DataSent, Stale: s.DataStale, Dropped: s.DataDropped})
	shown := signal.PeerQuality{
		Peer: string(s.ID), Reasons: []string{}, RTT: s.RTT.Seconds(), Estimate: s.Estimate,
		Up:      up.path(seconds, func(c counts) float64 { return loss(less(c.packets, c.rtx), c.lost) }),
		Down:    down.path(seconds, func(c counts) float64 { return loss(less(c.packets, c.lost), c.lost) }),
		Freezes: p.totals.Played.Freezes, Frozen: p.totals.Played.Frozen, Stale: p.totals.Data.Stale, Tracks: tracks,
	}
	connected := s.State == webrtc.PeerConnectionStateConnected.String()
	if connected && seconds > 0 {
		frozen, concealed := p.played.shares(now)
		p.word.next(judge(sample{
			loss: max(shown.Up.Loss, shown.Down.Loss), rtt: shown.RTT, jitter: max(shown.Up.Jitter, shown.Down.Jitter),
			frozen: frozen, concealed: concealed,
			reduced: p.totals.Down.Video.Reduced > 0, paused: p.totals.Down.Video.Paused > 0,
		}))
	}
	if connected {
		shown.Quality = p.word.word
		shown.Reasons = append(shown.Reasons, p.word.reasons...)
	}
	p.totals.Word = shown.Quality
	totals := p.totals
	totals.Layers = slices.Clone(totals.Layers)
	return Picture{Shown: shown, Totals: totals}
}

// data adds what was counted since the last picture; a peer's fresh connection begins at 0 again.
func (p *peer) data(now control.Data) {
	old := p.lastData
	if now.Sent < old.Sent || now.Stale < old.Stale || now.Dropped < old.Dropped {
		old = control.Data{}
	}
	p.totals.Data.Sent += now.Sent - old.Sent
	p.totals.Data.Stale += now.Stale - old.Stale
	p.totals.Data.Dropped += now.Dropped - old.Dropped
	p.lastData = now
}

// faults counts what the watchdog found since the last picture, of what the peer publishes and of what it is sent.
func (p *peer) faults(s sfu.PeerStats) (n uint64) {
	n = less(s.Faults, p.fault)
	p.fault = s.Faults
	faults := make(map[string]uint64, len(s.Published))
	for _, r := range s.Published {
		faults[r.Track.ID] = r.Faults
		n += less(r.Faults, p.published[r.Track.ID])
	}
	p.published = faults
	return n
}

// up takes what the room receives of the peer.
func (p *peer) up(s sfu.PeerStats) direction {
	var d direction
	in := make(map[string]counts, len(s.Published))
	audio, video := &p.totals.Up.Audio, &p.totals.Up.Video
	audio.Tracks, video.Tracks = 0, 0
	for _, r := range s.Published {
		c := received(r)
		in[r.Track.ID] = c
		diff := c.since(p.in[r.Track.ID])
		if r.Track.Kind == sfu.KindAudio {
			audio.Tracks++
			d.addAudio(diff, r.Jitter)
		} else {
			video.Tracks++
			d.addVideo(diff, r.Jitter)
		}
	}
	p.in = in
	d.total(audio, video)
	return d
}

// down takes what the room sends to the peer.
func (p *peer) down(s sfu.PeerStats, seconds float64) (direction, []signal.TrackQuality) {
	var d direction
	tracks := []signal.TrackQuality{}
	out := make(map[string]counts, len(s.Sent))
	audio, video := &p.totals.Down.Audio, &p.totals.Down.Video
	p.totals.Layers = p.totals.Layers[:0]
	for _, f := range []*control.Flow{audio, video} {
		f.Tracks, f.Reduced, f.Paused, f.Waiting = 0, 0, 0, 0
	}
	for _, t := range s.Sent {
		c := sent(t)
		out[t.Track.ID] = c
		diff := c.since(p.out[t.Track.ID])
		if t.Track.Kind == sfu.KindAudio {
			audio.Tracks++
			d.addAudio(diff, t.Jitter)
			continue
		}
		video.Tracks++
		d.addVideo(diff, t.Jitter)
		p.count(t, video)
		if len(tracks) < maxShown && !t.Hidden {
			tracks = append(tracks, p.track(t, diff, seconds))
		}
	}
	p.out = out
	d.total(audio, video)
	return d, tracks
}

// count adds a picture's state to the totals. Of one that is hidden there is nothing to say.
func (p *peer) count(t sfu.SenderStats, video *control.Flow) {
	if t.Hidden {
		return
	}
	switch {
	case t.Paused:
		video.Paused++
	case t.Reduced:
		video.Reduced++
	}
	if t.Waiting > 0 {
		video.Waiting++
	}
	l := layerOf(t)
	i := slices.IndexFunc(p.totals.Layers, func(o control.Layer) bool { o.Tracks = 0; return o == l })
	if i < 0 {
		i = len(p.totals.Layers)
		p.totals.Layers = append(p.totals.Layers, l)
	}
	p.totals.Layers[i].Tracks++
}

// layerOf is the layer that is sent; -1 is nothing, or all temporal layers there are.
func layerOf(t sfu.SenderStats) control.Layer {
	l := control.Layer{Spatial: int(t.Layer.Spatial), Temporal: int(t.Layer.Temporal), Size: min(t.Width, t.Height)}
	if t.Paused || l.Spatial < 0 {
		return control.Layer{Spatial: -1, Temporal: -1}
	}
	if t.Layer.Temporal >= selection.All {
		l.Temporal = -1
	}
	return l
}

func (p *peer) track(t sfu.SenderStats, diff counts, seconds float64) signal.TrackQuality {
	said, l := p.played.last[t.Track.ID], layerOf(t)
	q := signal.TrackQuality{
		Track: t.Track.ID, Bitrate: perSecond(diff.bytes, seconds), Loss: loss(less(diff.packets, diff.lost), diff.lost),
		Spatial: l.Spatial, Temporal: l.Temporal, Width: t.Width, Height: t.Height, Reduced: t.Reduced, Paused: t.Paused,
		Freezes: said.Freezes, Frozen: said.Frozen,
	}
	if said.Width > 0 { // what is decoded is more certain than what was announced
		q.Width, q.Height = said.Width, said.Height
	}
	return q
}

func (d *direction) addAudio(c counts, jitter time.Duration) {
	d.audio = d.audio.add(c)
	if c.packets >= enough {
		d.audioJitter = max(d.audioJitter, jitter.Seconds())
	}
}

func (d *direction) addVideo(c counts, jitter time.Duration) {
	d.video = d.video.add(c)
	if c.packets >= enough {
		d.videoJitter = max(d.videoJitter, jitter.Seconds())
	}
}

func (d *direction) total(audio, video *control.Flow) {
	d.audio.addTo(audio)
	d.video.addTo(video)
	audio.Jitter, video.Jitter = d.audioJitter, d.videoJitter
}

// path is the direction in numbers. The jitter is that of the sound when there is any: the packets of a large picture
// leave one after the other and seem to jitter.
func (d *direction) path(seconds float64, loss func(counts) float64) signal.Path {
	if seconds <= 0 {
		return signal.Path{}
	}
	all := d.audio.add(d.video)
	path := signal.Path{Bitrate: perSecond(all.bytes, seconds), Loss: loss(all), Jitter: d.audioJitter}
	if path.Jitter == 0 {
		path.Jitter = d.videoJitter
	}
	return path
}
