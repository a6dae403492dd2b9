package sfu

import (
	"cmp"
	"slices"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/allocation"
)

// RoomStats is a picture of a room. Counters count from the start of the peer or track.
type RoomStats struct {
	Peers        []PeerStats // by id
	MediaPackets uint64      // sent by UDP
	MediaCalls   uint64      // system calls for them
}

// PeerStats is one peer of RoomStats.
type PeerStats struct {
	ID          PeerID
	State       string         // webrtc.PeerConnectionState as text
	RTT         time.Duration  // smoothed; 0 when unknown
	Estimate    uint64         // bit/s that the path to it carries, IP headers included; 0 when unknown
	Queue       time.Duration  // that packets to it wait in the bottleneck, at least
	Loss        float64        // share of packets to it that was lost in the last half second, 0 to 1; 0 without its feedback
	Probes      uint64         // times that its path was tried with more
	Overuses    uint64         // times that its path carried less than was sent
	Unrouted    uint64         // RTP packets that belong to no track
	Direct      bool           // its media does not pass through the queues of Pion
	Unopened    uint64         // packets that are not from it, or were damaged
	Channels    []string       // labels of open data channels
	DataSent    uint64         // data frames that were handed to its connection
	DataStale   uint64         // data frames for it that had waited too long
	DataDropped uint64         // data frames for it that found its queue full
	DataWaiting int            // bytes of data frames that wait for it now
	Stalled     []StalledTrack // what it should be getting and does not
	Faults      uint64         // times that a track did not arrive for seconds and could not be helped
	Renewals    uint64         // m-lines that were negotiated anew because their track did not arrive
	Published   []ReceiverStats
	Sent        []SenderStats
}

// ReceiverStats counts what the server receives of one published track.
type ReceiverStats struct {
	Track    Track
	Codec    string // MIME type, "" before the first packet
	Packets  uint64
	Bytes    uint64        // RTP headers and payloads
	Missing  int64         // packets that did not come by themselves; retransmission may have brought them
	Lost     int64         // packets that never came, retransmission included
	NACKs    uint64        // packets asked for again
	RTX      uint64        // packets that came by retransmission
	RED      uint64        // packets of redundant audio (RFC 2198)
	Repaired uint64        // packets that did not come, but a later one carried them
	PLIs     uint64        // keyframes asked for
	Keys     uint64        // keyframes received
	Jitter   time.Duration // interarrival jitter (RFC 3550, section 6.4.1)
	Faults   uint64        // times that it sent nothing for seconds although it was not muted
	Asked    uint64        // times that the publisher was asked to restart the source because of that
	Layers   []LayerStats  // highest first
}

// LayerStats is one simulcast layer of ReceiverStats.
type LayerStats struct {
	RID           string // "" without simulcast
	Width, Height int    // pixels; 0: not known
	Bitrate       uint64 // bit/s, over the last second
	Alive         bool   // it is being sent
}

// SenderStats counts what the server sends of one track to one subscriber.
type SenderStats struct {
	Track   Track
	Packets uint64
	Bytes   uint64
	NACKs   uint64        // packets the subscriber asked for again
	RTX     uint64        // packets sent again
	Padding uint64        // packets sent only to measure the path
	RED     uint64        // packets that carried earlier ones, too
	PLIs    uint64        // keyframes the subscriber asked for
	Lost    int64         // as the subscriber reports it
	Jitter  time.Duration // as the subscriber reports it
	RTT     time.Duration // from the subscriber's reports; 0 when unknown
	Target  uint64        // bit/s of the layer that it is to be sent as; 0: paused, or nothing is known yet
	Waiting time.Duration // for a keyframe, without which nothing is forwarded; 0: media flows

	Layer         allocation.Layer // of the picture that is sent; Spatial -1: nothing is
	Width, Height int              // of its pictures; 0: not known
	Undone        uint64           // changes of layer for which no keyframe came
	Hidden        bool             // the subscriber does not show it
	Reduced       bool             // less is sent than fits the size shown, for lack of bandwidth
	Paused        bool             // nothing is sent, for the same reason
}

// Stats returns the counters of all peers and tracks.
func (r *Room) Stats() RoomStats {
	var out RoomStats
	out.MediaPackets, out.MediaCalls = r.transport.conn.Sent()
	now := time.Now()
	for _, p := range r.all() {
		out.Peers = append(out.Peers, p.stats(now))
	}
	slices.SortFunc(out.Peers, func(a, b PeerStats) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

func (p *Peer) stats(now time.Time) PeerStats {
	out := PeerStats{
		ID: p.id, State: webrtc.PeerConnectionState(p.state.Load()).String(), RTT: p.roundTrip(),
		Unrouted: p.unrouted.Load(), Channels: p.data.labels(),
		Direct: p.link.keys.Load() != nil, Unopened: p.link.lost.Load(),
		Stalled: *p.stalled.Load(), Faults: p.faults.Load(), Renewals: p.renewed.Load(),
	}
	p.data.stats(&out, now)
	for _, r := range p.routes.Load().receivers {
		out.Published = append(out.Published, r.stats(now))
	}
	p.down.stats(&out, p.estimate.Load())
	for _, s := range *p.senders.Load() {
		out.Sent = append(out.Sent, s.stats(now))
	}
	return out
}

func (r *receiver) stats(now time.Time) ReceiverStats {
	out := ReceiverStats{Track: r.track, Faults: r.watch.faults.Load(), Asked: r.watch.restarts.Load()}
	for _, l := range *r.layers.Load() {
		out.Codec = codecs[l.codec.Load()].mime
		out.Packets += l.packets.Load()
		out.Bytes += l.bytes.Load()
		out.Lost += int64(l.lost.Load())
		out.NACKs += l.nacks.Load()
		out.RTX += l.rtx.Load()
		out.RED += l.red.Load()
		out.Repaired += l.repaired.Load()
		out.PLIs += l.plis.Load()
		out.Keys += l.keyframes.Load()
		l.mu.Lock()
		out.Missing += l.reception.Missing()
		out.Jitter = max(out.Jitter, l.reception.Jitter())
		rates, _ := l.rates.Bitrates(now)
		l.mu.Unlock()
		size := l.size.Load()
		layer := LayerStats{RID: l.rid, Width: int(size >> 16), Height: int(size & 0xffff), Alive: l.alive(now)}
		for _, spatial := range rates {
			for _, v := range spatial {
				layer.Bitrate += v
			}
		}
		out.Layers = append(out.Layers, layer)
	}
	return out
}

func (s *sender) stats(now time.Time) SenderStats {
	out := SenderStats{
		Track: s.receiver.track, Packets: s.packets.Load(), Bytes: s.bytes.Load(),
		NACKs: s.nacks.Load(), RTX: s.rtx.Load(), RED: s.doubled.Load(), PLIs: s.plis.Load(),
		Lost: s.lost.Load(), Jitter: time.Duration(s.jitter.Load()), RTT: time.Duration(s.rtt.Load()),
		Padding: s.padding.Load(), Target: s.allocated.Load(),
	}
	if at := s.waitingSince.Load(); at != 0 {
		out.Waiting = now.Sub(time.Unix(0, at))
	}
	if s.receiver.track.Kind == KindVideo {
		s.layerStats(&out)
	}
	return out
}

// layerStats says which layer is sent, and why not more.
func (s *sender) layerStats(out *SenderStats) {
	out.Undone = s.undone.Load()
	out.Hidden = s.shown.Load() < 0
	wanted := unpackLayer(s.wanted.Load())
	s.mu.Lock()
	defer s.mu.Unlock()
	out.Layer = s.currentLocked()
	if s.cur != nil {
		size := s.cur.size.Load()
		out.Width, out.Height = int(size>>16), int(size&0xffff)
	}
	if wanted.Spatial >= 0 && !out.Hidden {
		out.Paused = s.target.Spatial < 0
		out.Reduced = !out.Paused && above(wanted, s.target)
	}
}

// packLayer makes a layer fit for an atomic; 0 is that nothing is known.
func packLayer(l allocation.Layer) int32 { return int32(l.Spatial+1)<<8 | int32(uint8(l.Temporal)) }

func unpackLayer(v int32) allocation.Layer {
	return allocation.Layer{Spatial: int8(v>>8) - 1, Temporal: int8(uint8(v))}
}
