package sfu

import "time"

// RoomStats is a picture of a room. Counters count from the start of the peer or track.
type RoomStats struct {
	Peers []PeerStats
}

// PeerStats is one peer of RoomStats.
type PeerStats struct {
	ID        PeerID
	State     string        // webrtc.PeerConnectionState as text
	RTT       time.Duration // of the last check on the selected candidate pair; 0 when unknown
	Published []ReceiverStats
	Sent      []SenderStats
}

// ReceiverStats counts what the server receives of one published track.
type ReceiverStats struct {
	Track   Track
	Codec   string // MIME type, "" before the first packet
	Packets uint64
	Bytes   uint64        // RTP headers and payloads
	Lost    int64         // packets that never came, retransmission included
	NACKs   uint64        // packets asked for again
	RTX     uint64        // packets that came by retransmission
	PLIs    uint64        // keyframes asked for
	Keys    uint64        // keyframes received
	Jitter  time.Duration // interarrival jitter (RFC 3550, section 6.4.1)
}

// SenderStats counts what the server sends of one track to one subscriber.
type SenderStats struct {
	Track   Track
	Packets uint64
	Bytes   uint64
	NACKs   uint64        // packets the subscriber asked for again
	RTX     uint64        // packets sent again
	PLIs    uint64        // keyframes the subscriber asked for
	Lost    int64         // as the subscriber reports it
	Jitter  time.Duration // as the subscriber reports it
	RTT     time.Duration // from the subscriber's reports; 0 when unknown
	Waiting bool          // nothing is forwarded before a keyframe comes
}
