package signal

import (
	"fmt"
	"math"
)

// Words for a peer's connection.
const (
	QualityGood = "good"
	QualityFair = "fair"
	QualityPoor = "poor"
)

// ClientQuality is what only the page knows: how what it receives is played. It is shown and counted, never obeyed.
// Counters count from the start of the track on this page. Sent every 4 s; more than one per second is ignored.
type ClientQuality struct {
	Tracks []PlayedTrack `json:"tracks"`
}

// PlayedTrack is one received track of ClientQuality.
type PlayedTrack struct {
	Track     string  `json:"track"`
	Freezes   uint64  `json:"freezes,omitempty"`
	Frozen    float64 `json:"frozen,omitempty"` // seconds
	Decoded   uint64  `json:"decoded,omitempty"`
	Dropped   uint64  `json:"dropped,omitempty"`
	Width     int     `json:"width,omitempty"` // of the picture, pixels
	Height    int     `json:"height,omitempty"`
	Concealed float64 `json:"concealed,omitempty"` // seconds of sound that were made up
	Heard     float64 `json:"heard,omitempty"`     // seconds of sound in all
	Buffer    float64 `json:"buffer,omitempty"`    // seconds that packets wait before they are played
}

// maxCount bounds the figures of PlayedTrack; a year has 3e7 seconds.
const maxCount = 1e10

func (m ClientQuality) check() error {
	if len(m.Tracks) > 4*MaxTracks {
		return fmt.Errorf("tracks has %d entries, at most %d", len(m.Tracks), 4*MaxTracks)
	}
	for i, t := range m.Tracks {
		if err := t.check(); err != nil {
			return fmt.Errorf("tracks[%d].%w", i, err)
		}
	}
	return nil
}

func (t PlayedTrack) check() error {
	if t.Width < 0 || t.Width > MaxSize || t.Height < 0 || t.Height > MaxSize {
		return fmt.Errorf("width or height is larger than %d or negative", MaxSize)
	}
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"freezes", float64(t.Freezes)}, {"frozen", t.Frozen}, {"decoded", float64(t.Decoded)}, {"dropped", float64(t.Dropped)},
		{"concealed", t.Concealed}, {"heard", t.Heard}, {"buffer", t.Buffer},
	} {
		if math.IsNaN(f.value) || f.value < 0 || f.value > maxCount {
			return fmt.Errorf("%s is larger than %.0f or negative", f.name, maxCount)
		}
	}
	return text("track", t.Track)
}

// Quality tells how the connections of the room are, every 2.5 s: users of all peers, others of their own. A peer that
// is missing is not known yet.
type Quality struct {
	Peers []PeerQuality `json:"peers"`
}

// PeerQuality is one peer's connection to the room over the last interval.
type PeerQuality struct {
	Peer     string         `json:"peer"`
	Quality  string         `json:"quality"`  // QualityGood, QualityFair or QualityPoor; "" when nothing is known
	Reasons  []string       `json:"reasons"`  // what keeps it from being good: loss, rtt, jitter, frozen, concealed, reduced, paused
	RTT      float64        `json:"rtt"`      // seconds to the room and back; 0: unknown
	Up       Path           `json:"up"`       // from the peer to the room
	Down     Path           `json:"down"`     // from the room to the peer
	Estimate uint64         `json:"estimate"` // bit/s that may be sent to it; 0: unknown
	Freezes  uint64         `json:"freezes"`  // since it joined, as its page says
	Frozen   float64        `json:"frozen"`   // seconds, likewise
	Stale    uint64         `json:"stale"`    // data frames for it that were too old, since it joined
	Tracks   []TrackQuality `json:"tracks"`   // what it is sent; at most 16 pictures
}

// Path is one direction of a peer.
type Path struct {
	Bitrate uint64  `json:"bitrate"` // bit/s
	Loss    float64 `json:"loss"`    // share of the packets lost on the way, before repair, 0 to 1
	Jitter  float64 `json:"jitter"`  // seconds
}

// TrackQuality is a picture that the room sends to a peer.
type TrackQuality struct {
	Track    string  `json:"track"`
	Bitrate  uint64  `json:"bitrate"` // bit/s
	Loss     float64 `json:"loss"`
	Spatial  int     `json:"spatial"`  // layer, from 0; -1: paused
	Temporal int     `json:"temporal"` // layer, from 0; -1: all there are
	Width    int     `json:"width"`    // pixels; 0: unknown
	Height   int     `json:"height"`
	Reduced  bool    `json:"reduced"` // smaller than it is shown, for lack of bandwidth
	Paused   bool    `json:"paused"`  // not sent, for lack of bandwidth
	Freezes  uint64  `json:"freezes"`
	Frozen   float64 `json:"frozen"` // seconds
}

func (ClientQuality) clientType() string { return "quality" }
func (Quality) serverType() string       { return "quality" }
