package relay

import (
	"container/heap"
	"time"
)

// pending is a packet on its way.
type pending struct {
	due   time.Duration
	order uint64 // of arrival: of those due at once the first to come leaves first
	dir   *direction
	flow  *flow
	data  []byte
}

// line is the packets on their way, the next to leave first. It implements heap.Interface.
type line []pending

func (l line) Len() int { return len(l) }
func (l line) Less(i, j int) bool {
	return l[i].due < l[j].due || l[i].due == l[j].due && l[i].order < l[j].order
}
func (l line) Swap(i, j int) { l[i], l[j] = l[j], l[i] }
func (l *line) Push(v any)   { *l = append(*l, v.(pending)) }
func (l *line) Pop() any {
	last := len(*l) - 1
	v := (*l)[last]
	(*l)[last] = pending{}
	*l = (*l)[:last]
	return v
}

// take removes the packet that is due next, if it is by now.
func (l *line) take(now time.Duration) (pending, bool) {
	if len(*l) == 0 || (*l)[0].due > now {
		return pending{}, false
	}
	return heap.Pop(l).(pending), true
}
