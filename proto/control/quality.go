package control

import "time"

// Quality is what a room's media is like: the process, and some of its peers (at most QualityPeers in one event).
// Counters count from the peer's joining and never fall; a page's own figures are its own claim.
type Quality struct {
	At      time.Time     `json:"at"`
	Process *Process      `json:"process,omitempty"` // nil when the event is about one peer that leaves
	Peers   []PeerQuality `json:"peers,omitempty"`
}

// QualityPeers bounds Quality.Peers of one event, which has to fit into MaxLine.
const QualityPeers = 64

// Process is what the room's process uses and has done since it began.
type Process struct {
	PID          int     `json:"pid"`
	CPU          float64 `json:"cpu"`      // seconds, user and system
	Resident     uint64  `json:"resident"` // bytes; 0 where the system does not tell
	Goroutines   int     `json:"goroutines"`
	MediaPackets uint64  `json:"media_packets"` // sent by UDP
	MediaCalls   uint64  `json:"media_calls"`   // system calls for them
	Tracks       int     `json:"tracks"`        // published now
}

// PeerQuality is one peer of Quality.
type PeerQuality struct {
	Peer
	Since    time.Time `json:"since"`              // it joined
	Word     string    `json:"word,omitempty"`     // good, fair or poor; "" when nothing is known yet
	RTT      float64   `json:"rtt,omitempty"`      // seconds; 0: unknown
	Estimate uint64    `json:"estimate,omitempty"` // bit/s that the room may send to it; 0: unknown
	Up       Media     `json:"up"`                 // from the peer to the room
	Down     Media     `json:"down"`               // from the room to the peer
	Layers   []Layer   `json:"layers,omitempty"`   // of the pictures sent to it now
	Played   Played    `json:"played"`
	Faults   uint64    `json:"faults,omitempty"` // of the watchdog
	Data     Data      `json:"data"`
}

// Media is one direction of a peer.
type Media struct {
	Audio Flow `json:"audio"`
	Video Flow `json:"video"`
}

// Flow is the tracks of one kind in one direction.
type Flow struct {
	Tracks  int     `json:"tracks,omitempty"` // now
	Packets uint64  `json:"packets,omitempty"`
	Bytes   uint64  `json:"bytes,omitempty"`
	Lost    uint64  `json:"lost,omitempty"`  // on the way, before repair
	NACKs   uint64  `json:"nacks,omitempty"` // packets that the receiving end asked for again
	RTX     uint64  `json:"rtx,omitempty"`   // packets sent again
	PLIs    uint64  `json:"plis,omitempty"`  // keyframes that the receiving end asked for
	Jitter  float64 `json:"jitter,omitempty"`
	Reduced int     `json:"reduced,omitempty"` // tracks sent smaller than they are shown, for lack of bandwidth
	Paused  int     `json:"paused,omitempty"`  // tracks not sent at all, for the same reason
	Waiting int     `json:"waiting,omitempty"` // tracks that wait for a keyframe
}

// Layer counts the pictures that are sent in a layer. Spatial -1 is none, temporal -1 all that there are.
type Layer struct {
	Spatial  int `json:"spatial"`
	Temporal int `json:"temporal"`
	Size     int `json:"size,omitempty"` // the shorter side of the pictures, pixels; 0: not known
	Tracks   int `json:"tracks"`
}

// Played is what the peer's page says of playing what it receives.
type Played struct {
	Freezes   uint64  `json:"freezes,omitempty"`
	Frozen    float64 `json:"frozen,omitempty"` // seconds
	Decoded   uint64  `json:"decoded,omitempty"`
	Dropped   uint64  `json:"dropped,omitempty"`
	Concealed float64 `json:"concealed,omitempty"` // seconds of sound that were made up
	Heard     float64 `json:"heard,omitempty"`     // seconds of sound in all
}

// Data is the peer's data channels.
type Data struct {
	Sent    uint64 `json:"sent,omitempty"`    // frames that went to it
	Stale   uint64 `json:"stale,omitempty"`   // frames for it that were too old to be sent
	Dropped uint64 `json:"dropped,omitempty"` // frames for it that found its queue full
}
