package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/rehab/turn"
)

// now are the metrics that say how things are at this moment; they are made when they are read.
type now struct{ m *Metrics }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(namespace+"_"+name, help, labels, nil)
}

var (
	infoDesc      = desc("build_info", "Always 1.", "version")
	sessionsDesc  = desc("sessions", "Running sessions.")
	portsDesc     = desc("session_ports", "Ports of sessions.", "state")
	outboxDesc    = desc("outbox_requests", "Entries that wait for the core to take them.")
	peersDesc     = desc("peers", "Peers in rooms, by kind and by how their connection is (unknown: just joined, or without media).", "kind", "quality")
	tracksDesc    = desc("published_tracks", "Tracks that peers publish.", "media")
	sentDesc      = desc("sent_tracks", "Tracks that rooms send, by state; reduced and paused are for lack of bandwidth.", "media", "state")
	layersDesc    = desc("sent_layers", "Pictures that rooms send and peers show, by layer.", "spatial", "temporal")
	memoryDesc    = desc("rooms_resident_bytes", "Resident memory of room processes.", "of")
	goroutineDesc = desc("rooms_goroutines", "Goroutines of room processes.", "of")

	turnUpDesc      = desc("turn_up", "Whether the TURN server has said something of itself.")
	turnAllocDesc   = desc("turn_allocations", "Allocations of the TURN server.")
	turnConnDesc    = desc("turn_connections", "TCP and TLS connections to the TURN server.")
	turnMadeDesc    = desc("turn_allocations_total", "Allocations made since the TURN server began.")
	turnBytesDesc   = desc("turn_bytes_total", "Bytes relayed since the TURN server began.", "direction")
	turnRefusedDesc = desc("turn_refused_total", "What the TURN server has refused since it began.", "reason")
)

// Describe is for prometheus.Collector.
func (n now) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		infoDesc, sessionsDesc, portsDesc, outboxDesc, peersDesc, tracksDesc, sentDesc, layersDesc, memoryDesc, goroutineDesc,
		turnUpDesc, turnAllocDesc, turnConnDesc, turnMadeDesc, turnBytesDesc, turnRefusedDesc,
	} {
		ch <- d
	}
}

// Collect is for prometheus.Collector.
func (n now) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	sessions := n.m.cfg.Sessions()
	gauge(infoDesc, 1, n.m.cfg.Version)
	gauge(sessionsDesc, float64(sessions))
	gauge(portsDesc, float64(sessions), "used")
	gauge(portsDesc, float64(max(0, n.m.cfg.Ports-sessions)), "free")
	gauge(outboxDesc, float64(n.m.cfg.Outbox()))
	t := n.m.totals()
	for labels, value := range t.peers {
		gauge(peersDesc, value, labels[0], labels[1])
	}
	gauge(tracksDesc, float64(t.published.Audio.Tracks), "audio")
	gauge(tracksDesc, float64(t.published.Video.Tracks), "video")
	for media, f := range map[string]control.Flow{"audio": t.sent.Audio, "video": t.sent.Video} {
		gauge(sentDesc, float64(f.Tracks), media, "all")
		gauge(sentDesc, float64(f.Reduced), media, "reduced")
		gauge(sentDesc, float64(f.Paused), media, "paused")
		gauge(sentDesc, float64(f.Waiting), media, "waiting")
	}
	for layer, tracks := range t.layers {
		gauge(layersDesc, float64(tracks), layerName(layer[0], "none"), layerName(layer[1], "all"))
	}
	gauge(memoryDesc, t.memory, "all")
	gauge(memoryDesc, t.largest, "largest")
	gauge(goroutineDesc, t.goroutines, "all")
	gauge(goroutineDesc, t.most, "largest")
	n.m.mu.Lock()
	status := n.m.turn
	n.m.mu.Unlock()
	if status != nil {
		st, known := status()
		relayNow(ch, st, known)
	}
}

// relayNow is what the TURN server has said last; its counters are its own, and begin anew with its process.
func relayNow(ch chan<- prometheus.Metric, st turn.Status, known bool) {
	send := func(d *prometheus.Desc, t prometheus.ValueType, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, t, value, labels...)
	}
	if !known {
		send(turnUpDesc, prometheus.GaugeValue, 0)
		return
	}
	send(turnUpDesc, prometheus.GaugeValue, 1)
	send(turnAllocDesc, prometheus.GaugeValue, float64(st.Allocations))
	send(turnConnDesc, prometheus.GaugeValue, float64(st.Connections))
	send(turnMadeDesc, prometheus.CounterValue, float64(st.Made))
	send(turnBytesDesc, prometheus.CounterValue, float64(st.BytesIn), "in")
	send(turnBytesDesc, prometheus.CounterValue, float64(st.BytesOut), "out")
	for reason, n := range st.Refused {
		send(turnRefusedDesc, prometheus.CounterValue, float64(n), reason)
	}
}

func layerName(n int, negative string) string {
	if n < 0 {
		return negative
	}
	return strconv.Itoa(n)
}

// totals are sums over the rooms of this moment.
type totals struct {
	peers                             map[[2]string]float64 // kind, word
	published, sent                   control.Media
	layers                            map[[2]int]int // spatial, temporal
	memory, largest, goroutines, most float64
}

func (m *Metrics) totals() totals {
	t := totals{peers: map[[2]string]float64{}, layers: map[[2]int]int{}}
	for _, kind := range []string{control.User, control.Participant, control.Device} {
		for _, word := range words {
			t.peers[[2]string{kind, word}] = 0
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.rooms {
		if p := r.process; p != nil {
			t.memory += float64(p.Resident)
			t.largest = max(t.largest, float64(p.Resident))
			t.goroutines += float64(p.Goroutines)
			t.most = max(t.most, float64(p.Goroutines))
		}
		for _, p := range r.peers {
			t.add(p)
		}
	}
	return t
}

var words = []string{"good", "fair", "poor", "unknown"}

func (t *totals) add(p control.PeerQuality) {
	word := "unknown"
	for _, w := range words {
		if p.Word == w {
			word = w
		}
	}
	t.peers[[2]string{kindOf(p.Kind), word}]++
	for _, f := range []struct {
		sum *control.Flow
		one control.Flow
	}{{&t.published.Audio, p.Up.Audio}, {&t.published.Video, p.Up.Video}, {&t.sent.Audio, p.Down.Audio}, {&t.sent.Video, p.Down.Video}} {
		f.sum.Tracks += f.one.Tracks
		f.sum.Reduced += f.one.Reduced
		f.sum.Paused += f.one.Paused
		f.sum.Waiting += f.one.Waiting
	}
	for _, l := range p.Layers {
		t.layers[[2]int{min(max(l.Spatial, -1), 3), min(max(l.Temporal, -1), 3)}] += l.Tracks
	}
}
