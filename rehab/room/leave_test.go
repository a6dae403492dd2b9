package room

import (
	"net"
	"net/http"
	"syscall"
	"testing"
)

// silence puts a listener that answers nothing in the place of r's control socket, as if the room were held up, and returns what waits until
// rehab has connected to it.
func (h *Host) silence(t *testing.T, port int) (connected func()) {
	t.Helper()
	h.files.remove(port)
	l, err := net.Listen("unix", h.files.socket(port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return func() {
		t.Helper()
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
	}
}

// Rehab may be told to end while it looks for a room that is slow to answer: the next rehab finds the room, and the call goes on.
func TestRoomLivesWhenRehabEndsBeforeItIsFound(t *testing.T) {
	for name, find := range map[string]func(h *Host, r *Room, p Process) *Room{
		"after a restart": func(h *Host, r *Room, p Process) *Room {
			r.Leave()
			return h.Adopt(r.spec, p, &owner{})
		},
		"after its stream broke": func(_ *Host, r *Room, _ Process) *Room {
			r.stream.Close()
			return r
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, o := newHost(t, 1), &owner{}
			r, err := h.startOne(t, o)
			if err != nil {
				t.Fatal(err)
			}
			p, _ := o.process()
			t.Cleanup(func() { syscall.Kill(-p.PID, syscall.SIGKILL) })
			connected := h.silence(t, r.spec.Port)
			found := find(h, r, p)
			connected()
			found.Leave()
			if got := status(t, r, "/status?key="+r.spec.Key); got != http.StatusOK {
				t.Errorf("the room answers %d, want 200: it was killed", got)
			}
		})
	}
}
