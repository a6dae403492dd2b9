package metrics

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/gotera/gotera/proto/control"
)

func newMetrics() *Metrics {
	return New(Config{Version: "test", Ports: 50, Sessions: func() int { return 2 }, Outbox: func() int { return 3 }})
}

// scrape reads the metrics as Prometheus does.
func scrape(t *testing.T, m *Metrics) map[string]*dto.MetricFamily {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// value is that of the metric with exactly these labels, written "a=1,b=2"; of a histogram, the number of observations.
func value(t *testing.T, families map[string]*dto.MetricFamily, name, labels string) float64 {
	t.Helper()
	for _, m := range families["gotera_"+name].GetMetric() {
		var list []string
		for _, l := range m.GetLabel() {
			list = append(list, l.GetName()+"="+l.GetValue())
		}
		if strings.Join(list, ",") != labels {
			continue
		}
		switch {
		case m.Counter != nil:
			return m.Counter.GetValue()
		case m.Gauge != nil:
			return m.Gauge.GetValue()
		case m.Histogram != nil:
			return float64(m.Histogram.GetSampleCount())
		}
	}
	t.Errorf("there is no gotera_%s{%s}", name, labels)
	return -1
}

func quality(since time.Time, packets uint64) control.Event {
	p := control.PeerQuality{
		Peer: control.Peer{ID: "a", Kind: control.Participant, UUID: "p-1", Name: "A name"}, Since: since, Word: "fair", RTT: 0.08, Estimate: 700_000,
		Layers: []control.Layer{{Spatial: 1, Temporal: 2, Tracks: 3}}, Faults: packets / 1000,
		Played: control.Played{Freezes: packets / 100, Frozen: float64(packets) / 50}, Data: control.Data{Sent: packets, Stale: 4},
	}
	p.Up.Video = control.Flow{Tracks: 1, Packets: packets, Bytes: 1000 * packets, Lost: packets / 10, NACKs: packets / 10, PLIs: 1, Jitter: 0.004}
	p.Down.Audio = control.Flow{Tracks: 2, Packets: packets, RTX: packets / 20, Jitter: 0.003}
	p.Down.Video = control.Flow{Tracks: 4, Reduced: 2, Paused: 1}
	return control.Event{Type: control.EventQuality, Quality: &control.Quality{
		Process: &control.Process{PID: 77, CPU: float64(packets) / 1000, Resident: 8 << 20, Goroutines: 30, MediaPackets: packets, MediaCalls: packets / 10},
		Peers:   []control.PeerQuality{p},
	}}
}

func TestValuesMove(t *testing.T) {
	m := newMetrics()
	m.RoomStarted(8080, false)
	since := time.Now().Add(time.Second)
	m.Take(8080, quality(since, 1000))
	m.Take(8080, quality(since, 3000))
	m.StartTook(120*time.Millisecond, nil)
	m.StartTook(time.Second, errors.New("no port"))
	m.CallTook("start", true, time.Second)
	f := scrape(t, m)
	for _, tt := range []struct {
		name, labels string
		want         float64
	}{
		{"build_info", "version=test", 1},
		{"sessions", "", 2},
		{"session_ports", "state=used", 2},
		{"session_ports", "state=free", 48},
		{"outbox_requests", "", 3},
		{"peers", "kind=participant,quality=fair", 1},
		{"peers", "kind=user,quality=good", 0},
		{"published_tracks", "media=video", 1},
		{"sent_tracks", "media=audio,state=all", 2},
		{"sent_tracks", "media=video,state=reduced", 2},
		{"sent_tracks", "media=video,state=paused", 1},
		{"sent_layers", "spatial=1,temporal=2", 3},
		{"rtp_packets_total", "direction=in,media=video", 3000},
		{"rtp_bytes_total", "direction=in,media=video", 3_000_000},
		{"rtp_lost_packets_total", "direction=in,media=video", 300},
		{"rtp_nacked_packets_total", "direction=in,media=video", 300},
		{"rtp_retransmitted_packets_total", "direction=out,media=audio", 150},
		{"keyframe_requests_total", "direction=in,media=video", 1},
		{"freezes_total", "kind=participant", 30},
		{"frozen_seconds_total", "kind=participant", 60},
		{"watchdog_faults_total", "kind=participant", 3},
		{"data_frames_total", "result=sent", 3000},
		{"data_frames_total", "result=stale", 4},
		{"peer_rtt_seconds", "kind=participant", 2},
		{"peer_estimate_bits_per_second", "kind=participant", 2},
		{"peer_loss_ratio", "direction=in,kind=participant", 2},
		{"peer_jitter_seconds", "direction=out,kind=participant", 2},
		{"rooms_cpu_seconds_total", "", 3},
		{"rooms_media_packets_total", "", 3000},
		{"rooms_resident_bytes", "of=largest", 8 << 20},
		{"rooms_goroutines", "of=all", 30},
		{"room_restarts_total", "", 0},
		{"room_start_seconds", "result=ok", 1},
		{"room_start_seconds", "result=error", 1},
		{"rpc_seconds", "action=start,result=ok", 1},
	} {
		if got := value(t, f, tt.name, tt.labels); got != tt.want {
			t.Errorf("gotera_%s{%s} = %v, want %v", tt.name, tt.labels, got, tt.want)
		}
	}
}

func TestRoomsComeAndGo(t *testing.T) {
	m := newMetrics()
	m.RoomStarted(8080, false)
	since := time.Now().Add(time.Second)
	m.Take(8080, quality(since, 1000))
	m.RoomStarted(8080, true) // it died: its peers come back with other ids, its process counts from 0
	m.Take(8080, control.Event{Type: control.EventState})
	if got := value(t, scrape(t, m), "peers", "kind=participant,quality=fair"); got != 0 {
		t.Errorf("%v peers of a dead room", got)
	}
	again := quality(since, 500)
	again.Quality.Peers[0].ID, again.Quality.Process.PID = "b", 78
	m.Take(8080, again)
	f := scrape(t, m)
	if got := value(t, f, "rtp_packets_total", "direction=in,media=video"); got != 1500 {
		t.Errorf("%v packets, want those of both", got)
	}
	if got := value(t, f, "rooms_cpu_seconds_total", ""); got != 1.5 {
		t.Errorf("%v s of processor, want those of both", got)
	}
	if got := value(t, f, "room_restarts_total", ""); got != 1 {
		t.Errorf("%v restarts", got)
	}
	m.Take(8080, control.Event{Type: control.EventLeft, Peer: &control.Peer{ID: "b"}})
	m.RoomEnded(8080)
	f = scrape(t, m)
	if got := value(t, f, "rooms_resident_bytes", "of=all"); got != 0 {
		t.Errorf("%v bytes of a room that has ended", got)
	}
	if got := value(t, f, "rtp_packets_total", "direction=in,media=video"); got != 1500 {
		t.Errorf("a counter fell to %v with its room", got)
	}
}

// An earlier rehab has counted what rooms did before this one found them.
func TestAdoptedRoomsCountFromNow(t *testing.T) {
	m := newMetrics()
	since := time.Now().Add(-time.Hour)
	m.Take(8080, quality(since, 1_000_000))
	m.Take(8080, quality(since, 1_000_100))
	f := scrape(t, m)
	if got := value(t, f, "rtp_packets_total", "direction=in,media=video"); got != 100 {
		t.Errorf("%v packets, want 100", got)
	}
	if got := value(t, f, "rooms_media_packets_total", ""); got != 100 {
		t.Errorf("%v media packets, want 100", got)
	}
}

// Whatever rooms say, there is a bounded number of series, and nobody's name or uuid among them.
func TestLabelsAreBounded(t *testing.T) {
	m := newMetrics()
	series := func() int {
		n := 0
		for _, f := range scrape(t, m) {
			n += len(f.GetMetric())
		}
		return n
	}
	fill := func() {
		for i := range 50 {
			e := quality(time.Now(), uint64(100*i))
			p := &e.Quality.Peers[0]
			p.ID, p.UUID, p.Kind, p.Word = fmt.Sprint("id", i), fmt.Sprint("uuid", i), fmt.Sprint("kind", i%5), fmt.Sprint("word", i)
			p.Layers = []control.Layer{{Spatial: i, Temporal: -i, Tracks: 1}}
			m.Take(8000+i, e)
		}
	}
	fill()
	before := series()
	fill()
	if after := series(); after != before || after > 400 {
		t.Errorf("%d series, then %d", before, after)
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, secret := range []string{"uuid", "id4", "A name", `"8049"`} { // a port may be the value of something
		if strings.Contains(w.Body.String(), secret) {
			t.Errorf("%q is among the metrics", secret)
		}
	}
}
