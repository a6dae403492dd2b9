package signaling

import (
	"sync"

	"github.com/gotera/gotera/proto/control"
)

// maxEvents is how many events wait for one reader of the control stream. A reader that is further behind is cut off;
// it connects again and begins with a fresh state.
const maxEvents = 1024

// events hands events to the readers of GET /events, as a rule one.
type events struct {
	mu      sync.Mutex // guards the fields below
	readers map[chan control.Event]bool
	closed  bool
}

func newEvents() *events { return &events{readers: map[chan control.Event]bool{}} }

// publish never blocks. It is called with room.mu held, so that all readers see the order of the changes.
func (e *events) publish(ev control.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for ch := range e.readers {
		select {
		case ch <- ev:
		default:
			delete(e.readers, ch)
			close(ch)
		}
	}
}

// subscribe returns a channel that begins with first. It is closed when the reader is too slow and when the room ends.
func (e *events) subscribe(first control.Event) chan control.Event {
	ch := make(chan control.Event, maxEvents)
	ch <- first
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		close(ch)
		return ch
	}
	e.readers[ch] = true
	return ch
}

func (e *events) unsubscribe(ch chan control.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.readers, ch)
}

// close ends all streams once they have delivered what waits.
func (e *events) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	for ch := range e.readers {
		delete(e.readers, ch)
		close(ch)
	}
}
