package rehab

import (
	"encoding/json"
	"testing"

	"github.com/gotera/gotera/proto/bus"
)

func TestParticipantInfo(t *testing.T) {
	s := newSystem(t)
	s.core.mu.Lock()
	s.core.names["part-1"] = "M. Tremblay"
	s.core.mu.Unlock()
	call := func(arg string) map[string]any {
		raw, err := s.bus.Call(t.Context(), bus.ServiceRPC(serviceUUID), "participant_info", arg)
		if err != nil {
			t.Fatal(err)
		}
		var v map[string]any
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := call("part-1"); v["participant_name"] != "M. Tremblay" {
		t.Errorf("got %v", v)
	}
	if v := call("a b"); len(v) != 0 {
		t.Errorf("not a uuid: %v, want {}", v)
	}
	s.core.breakWith(down)
	if v := call("part-1"); v == nil || len(v) != 0 {
		t.Errorf("database down: %v, want {}", v)
	}
}

func TestSessionTypeConfig(t *testing.T) {
	s := newSystem(t)
	raw, err := s.bus.Call(t.Context(), bus.ServiceRPC(serviceName), "session_type_config", `{"id_session_type":4}`)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"objecttype":"session_type_config","sections":[{"id":"general","label":"General","_order":1,"items":` +
		`[{"id":"session_recordable","label":"Sessions can be recorded","type":"boolean","_order":1}]}]}`
	if string(raw) != want {
		t.Errorf("got %s\nwant %s", raw, want)
	}
}
