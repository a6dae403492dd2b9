package rehab

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/porttest"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/report"
	"github.com/gotera/gotera/rehab/room/roomtest"
)

// qualityOf is what a room says of one peer that has been there for some seconds.
func qualityOf(who control.Who, id string, seconds int) control.Event {
	p := control.PeerQuality{Peer: *peerOf(who, id), Since: time.Now().Add(-time.Duration(seconds) * time.Second), Word: "good", RTT: 0.05}
	p.Up.Video = control.Flow{Packets: uint64(100 * seconds), Bytes: uint64(125_000 * seconds)}
	return control.Event{Type: control.EventQuality, Quality: &control.Quality{
		At: time.Now(), Process: &control.Process{PID: 1, CPU: 0.1, Resident: 1 << 20}, Peers: []control.PeerQuality{p},
	}}
}

// tellQuality has the room report until rehab, which may just be finding it again, has noted it.
func (s *system) tellQuality(port int, e control.Event) {
	s.t.Helper()
	want := e.Quality.Peers[0].Up.Video.Packets
	waitFor(s.t, "quality on the disk", func() bool {
		roomtest.Tell(s.t, s.dir, port, e)
		raw, _ := os.ReadFile(filepath.Join(s.dir, fmt.Sprintf("%d.quality", port)))
		return strings.Contains(string(raw), fmt.Sprintf(`"packets":%d`, want))
	})
}

// reports are the quality reports among a session's events, as pages read them.
func (s *system) reports(id int64) []map[string]any {
	s.t.Helper()
	var list []map[string]any
	for _, text := range s.core.eventsOf(id, backend.GeneralInfo) {
		if !strings.HasPrefix(text, report.Prefix) {
			continue
		}
		_, raw, _ := strings.Cut(text, "\n")
		var o struct{ People []map[string]any }
		if err := json.Unmarshal([]byte(raw), &o); err != nil || len(o.People) == 0 {
			s.t.Fatalf("report %q: %v", text, err)
		}
		list = append(list, o.People[0])
	}
	return list
}

func TestQualityReportIsASessionEvent(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	port := r.port(t)
	who := participant("part-1")
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventJoined, Peer: peerOf(who, "a")})
	s.tellQuality(port, qualityOf(who, "a", 60))
	s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id()))
	list := s.reports(r.id())
	if len(list) != 1 || list[0]["uuid"] != "part-1" || list[0]["minutes"] != 1.0 || list[0]["kbps_up"] != 1000.0 {
		t.Fatalf("reports %v, want one of a minute with 1 Mbit/s", list)
	}
	for _, text := range s.core.eventsOf(r.id(), backend.GeneralInfo) {
		if strings.HasPrefix(text, report.Prefix) && !strings.Contains(text, "Participant: Name of part-1 (part-1): 1.0 min, good 100 %") {
			t.Errorf("text %q", text)
		}
	}
	s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id()))
	s.must("started", fmt.Sprintf(`{"action":"start","id_session":%d}`, r.id())) // its report is delivered: not refused
	s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id()))
	if list := s.reports(r.id()); len(list) != 1 {
		t.Errorf("%d reports, want that of the first run: nobody came to the second", len(list))
	}
	if left, _ := filepath.Glob(filepath.Join(s.dir, "*.quality*")); len(left) > 0 {
		t.Errorf("files left: %v", left)
	}
}

func TestReportOutlivesRoomAndRehab(t *testing.T) {
	s := prepare(t)
	s.runProcess()
	r := started(s)
	port := r.port(t)
	who := participant("part-1")
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventJoined, Peer: peerOf(who, "a")})
	s.tellQuality(port, qualityOf(who, "a", 60))
	// The room is killed: its peer comes back with another id.
	pid := s.record(port).Process.PID
	syscall.Kill(pid, syscall.SIGKILL)
	waitFor(t, "another room", func() bool { return s.record(port).Process.PID != pid && pageStatus(t, s.urlOf(who)) == http.StatusOK })
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventJoined, Peer: peerOf(who, "b")})
	s.tellQuality(port, qualityOf(who, "b", 30))
	// Rehab is killed: the next one goes on.
	s.killRehab()
	s.runProcess()
	s.tellQuality(port, qualityOf(who, "b", 31))
	s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id()))
	list := s.reports(r.id())
	if len(list) != 1 {
		t.Fatalf("%d reports, want 1", len(list))
	}
	minutes, _ := list[0]["minutes"].(float64)
	if minutes < 1.5 || minutes > 1.8 || list[0]["reconnects"] != 1.0 {
		t.Errorf("report %v, want 91 s and one reconnection", list[0])
	}
}

func TestReportWaitsForTheCore(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	who := participant("part-1")
	s.tellQuality(r.port(t), qualityOf(who, "a", 60))
	s.core.breakWith(down)
	s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id()))
	s.stop()
	s.core.breakWith(nil)
	s.run()
	waitFor(t, "the report", func() bool { return len(s.reports(r.id())) > 0 })
	waitFor(t, "the row", func() bool { return s.core.status(r.id()) == backend.Completed })
	if list := s.reports(r.id()); len(list) != 1 {
		t.Errorf("%d reports, want 1", len(list))
	}
}

func TestMetricsOfRooms(t *testing.T) {
	address := ""
	s := newSystem(t, func(s *system) {
		address = fmt.Sprintf("127.0.0.1:%d", porttest.Take(t, 1))
		s.cfg.Rehab.Service.MetricsListen = address
	})
	r := started(s)
	port := r.port(t)
	who := participant("part-1")
	scrape := func(name string) (values float64, found bool) {
		t.Helper()
		res, err := http.Get("http://" + address + MetricsPath)
		if err != nil {
			return 0, false
		}
		defer res.Body.Close()
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range families[name].GetMetric() {
			values += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
		return values, families[name] != nil
	}
	is := func(name string, want float64) {
		t.Helper()
		waitFor(t, fmt.Sprintf("%s = %v", name, want), func() bool { got, ok := scrape(name); return ok && got == want })
	}
	is("gotera_sessions", 1)
	is("gotera_room_start_seconds", 1)
	is("gotera_rpc_seconds", 1)
	is("gotera_peers", 0)
	// A peer of now: one that came before rehab would count from the second picture on.
	e := qualityOf(who, "a", 0)
	e.Quality.Peers[0].Up.Video.Packets = 500
	s.tellQuality(port, e)
	is("gotera_peers", 1)
	is("gotera_rtp_packets_total", 500)
	if got, _ := scrape("gotera_peer_rtt_seconds"); got < 1 {
		t.Errorf("%v observations of the round trip", got)
	}
	e.Quality.Peers[0].Up.Video.Packets = 900
	s.tellQuality(port, e)
	is("gotera_rtp_packets_total", 900)
	syscall.Kill(s.record(port).Process.PID, syscall.SIGKILL)
	is("gotera_room_restarts_total", 1)
	is("gotera_peers", 0)
	s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id()))
	is("gotera_sessions", 0)
	is("gotera_rtp_packets_total", 900)
	if res, err := http.Get(s.url(MetricsPath)); err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("the public address answers %v, %v", res, err)
	}
	res, err := http.Get("http://" + address + "/api/sessions")
	if err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("the metrics' address serves the API: %v, %v", res, err)
	}
}
