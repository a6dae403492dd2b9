package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gotera/gotera/proto/control"
)

// counters are the metrics that grow: over all rooms, those that have ended included.
type counters struct {
	packets, bytes, lost         *prometheus.CounterVec // direction, media
	nacks, rtx, plis             *prometheus.CounterVec // direction, media
	freezes, frozen, concealed   *prometheus.CounterVec // kind
	heard                        *prometheus.CounterVec // kind
	faults                       *prometheus.CounterVec // kind
	data                         *prometheus.CounterVec // result
	rtt                          *prometheus.HistogramVec
	jitter, loss                 *prometheus.HistogramVec // kind, direction
	estimate                     *prometheus.HistogramVec // kind
	cpu, mediaPackets, mediaCall prometheus.Counter
	restarts, lostRooms          prometheus.Counter
	starts, calls                *prometheus.HistogramVec
}

const namespace = "gotera"

func newCounters() counters {
	vec := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	}
	one := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	}
	times := []float64{0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1, 2}
	return counters{
		packets: vec("rtp_packets_total", "RTP packets; in: from peers to rooms, out: from rooms to peers.", "direction", "media"),
		bytes:   vec("rtp_bytes_total", "Bytes of these packets, headers included.", "direction", "media"),
		lost:    vec("rtp_lost_packets_total", "RTP packets lost on the way, before repair.", "direction", "media"),
		nacks:   vec("rtp_nacked_packets_total", "RTP packets that the receiving end asked for again.", "direction", "media"),
		rtx:     vec("rtp_retransmitted_packets_total", "RTP packets sent again.", "direction", "media"),
		plis:    vec("keyframe_requests_total", "Keyframes that the receiving end asked for.", "direction", "media"),

		freezes:   vec("freezes_total", "Times that a picture stood still, as pages say.", "kind"),
		frozen:    vec("frozen_seconds_total", "Seconds that pictures stood still, as pages say.", "kind"),
		concealed: vec("audio_concealed_seconds_total", "Seconds of sound that were made up, as pages say.", "kind"),
		heard:     vec("audio_heard_seconds_total", "Seconds of sound that were played, as pages say.", "kind"),
		faults:    vec("watchdog_faults_total", "Media that did not flow to a peer although it should.", "kind"),
		data:      vec("data_frames_total", "Data channel frames to peers: sent, stale (too old to be sent), dropped (queue full).", "result"),

		rtt:      histogram("peer_rtt_seconds", "Round trip between room and peer, one observation per peer every 5 s.", times, "kind"),
		jitter:   histogram("peer_jitter_seconds", "Interarrival jitter of a peer's media, likewise.", []float64{0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.5}, "kind", "direction"),
		loss:     histogram("peer_loss_ratio", "Lost share of a peer's packets, likewise.", []float64{0, 0.001, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5}, "kind", "direction"),
		estimate: histogram("peer_estimate_bits_per_second", "Bandwidth that a room believes it can send to a peer, likewise.", []float64{5e4, 1e5, 2e5, 3e5, 5e5, 1e6, 2e6, 4e6, 8e6}, "kind"),

		cpu:          one("rooms_cpu_seconds_total", "Processor time of room processes, user and system."),
		mediaPackets: one("rooms_media_packets_total", "UDP packets that rooms sent."),
		mediaCall:    one("rooms_media_calls_total", "System calls for these packets."),
		restarts:     one("room_restarts_total", "Room processes started in place of one that died."),
		lostRooms:    one("rooms_lost_total", "Rooms that died too often and were given up."),
		starts:       histogram("room_start_seconds", "Time until a launched room takes peers.", []float64{0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10}, "result"),
		calls:        histogram("rpc_seconds", "Time to answer session_manage, by action.", []float64{0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10}, "action", "result"),
	}
}

func (c *counters) all() []prometheus.Collector {
	return []prometheus.Collector{
		c.packets, c.bytes, c.lost, c.nacks, c.rtx, c.plis, c.freezes, c.frozen, c.concealed, c.heard, c.faults, c.data,
		c.rtt, c.jitter, c.loss, c.estimate, c.cpu, c.mediaPackets, c.mediaCall, c.restarts, c.lostRooms, c.starts, c.calls,
	}
}

// process adds what a room's process has done since before.
func (c *counters) process(before, now control.Process) {
	c.cpu.Add(max(0, now.CPU-before.CPU))
	c.mediaPackets.Add(grown(before.MediaPackets, now.MediaPackets))
	c.mediaCall.Add(grown(before.MediaCalls, now.MediaCalls))
}

// peer adds what a peer has done since before, and observes how it is.
func (c *counters) peer(before, now control.PeerQuality) {
	kind := kindOf(now.Kind)
	for _, d := range []struct {
		name        string
		before, now control.Media
	}{{"in", before.Up, now.Up}, {"out", before.Down, now.Down}} {
		c.flow(d.name, "audio", d.before.Audio, d.now.Audio)
		c.flow(d.name, "video", d.before.Video, d.now.Video)
		c.observe(kind, d.name, d.before, d.now)
	}
	c.freezes.WithLabelValues(kind).Add(grown(before.Played.Freezes, now.Played.Freezes))
	c.frozen.WithLabelValues(kind).Add(max(0, now.Played.Frozen-before.Played.Frozen))
	c.concealed.WithLabelValues(kind).Add(max(0, now.Played.Concealed-before.Played.Concealed))
	c.heard.WithLabelValues(kind).Add(max(0, now.Played.Heard-before.Played.Heard))
	c.faults.WithLabelValues(kind).Add(grown(before.Faults, now.Faults))
	c.data.WithLabelValues("sent").Add(grown(before.Data.Sent, now.Data.Sent))
	c.data.WithLabelValues("stale").Add(grown(before.Data.Stale, now.Data.Stale))
	c.data.WithLabelValues("dropped").Add(grown(before.Data.Dropped, now.Data.Dropped))
	if now.RTT > 0 {
		c.rtt.WithLabelValues(kind).Observe(now.RTT)
	}
	if now.Estimate > 0 {
		c.estimate.WithLabelValues(kind).Observe(float64(now.Estimate))
	}
}

func (c *counters) flow(direction, media string, before, now control.Flow) {
	for vec, n := range map[*prometheus.CounterVec]float64{
		c.packets: grown(before.Packets, now.Packets), c.bytes: grown(before.Bytes, now.Bytes), c.lost: grown(before.Lost, now.Lost),
		c.nacks: grown(before.NACKs, now.NACKs), c.rtx: grown(before.RTX, now.RTX), c.plis: grown(before.PLIs, now.PLIs),
	} {
		vec.WithLabelValues(direction, media).Add(n)
	}
}

// enough packets to speak of a share.
const enough = 20

func (c *counters) observe(kind, direction string, before, now control.Media) {
	packets := grown(before.Audio.Packets, now.Audio.Packets) + grown(before.Video.Packets, now.Video.Packets)
	if packets < enough {
		return
	}
	lost := grown(before.Audio.Lost, now.Audio.Lost) + grown(before.Video.Lost, now.Video.Lost)
	c.loss.WithLabelValues(kind, direction).Observe(min(1, lost/packets))
	jitter := now.Audio.Jitter
	if jitter == 0 {
		jitter = now.Video.Jitter
	}
	c.jitter.WithLabelValues(kind, direction).Observe(jitter)
}

func grown(before, now uint64) float64 { return float64(now - min(before, now)) }

// kindOf bounds the label: a room of a newer version may know more kinds.
func kindOf(kind string) string {
	switch kind {
	case control.User, control.Participant, control.Device:
		return kind
	}
	return "other"
}
