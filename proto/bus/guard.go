package bus

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// guard runs f, which is not ours, and logs its panic instead of dying of it.
func (b *Bus) guard(what string, f func()) {
	defer func() {
		if v := recover(); v != nil {
			b.logPanic(what, v)
		}
	}()
	f()
}

// logPanic logs the text of run-time errors only: any other value may hold what was received.
func (b *Bus) logPanic(what string, v any) {
	text := fmt.Sprintf("%T", v)
	if err, ok := v.(runtime.Error); ok {
		text = err.Error()
	}
	b.log.Error("panic", "in", what, "err", text, "stack", string(debug.Stack()))
}

// spawn runs f on a goroutine that Close waits for. It reports false, and does nothing, when the bus is closed.
func (h *hub) spawn(f func()) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.bus.wg.Go(f)
	return true
}
