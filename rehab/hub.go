package rehab

import (
	"errors"
	"sync"
)

// Bounds of the event streams.
const (
	maxStreams     = 1024
	maxUserStreams = 64 // one user has several tabs and several machines, not more
)

var errTooManyStreams = errors.New("too many event streams")

// hub wakes the event streams when anything about a session has changed. A slow stream misses nothing: it is woken once
// for all the changes since it was last looked at, and reads what is then.
type hub struct {
	mu     sync.Mutex // guards the fields below
	wakers map[chan struct{}]string
	users  map[string]int
}

func newHub() *hub { return &hub{wakers: map[chan struct{}]string{}, users: map[string]int{}} }

// listen returns a channel that gets a value after changes.
func (h *hub) listen(user string) (wake <-chan struct{}, leave func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.wakers) >= maxStreams || h.users[user] >= maxUserStreams {
		return nil, nil, errTooManyStreams
	}
	ch := make(chan struct{}, 1)
	h.wakers[ch] = user
	h.users[user]++
	return ch, func() { h.leave(ch) }, nil
}

func (h *hub) leave(ch chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	user := h.wakers[ch]
	delete(h.wakers, ch)
	if h.users[user]--; h.users[user] == 0 {
		delete(h.users, user)
	}
}

func (h *hub) notify() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.wakers {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}
