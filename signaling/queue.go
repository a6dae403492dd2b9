package signaling

import "sync"

// sendQueue holds what waits to be written to one websocket. It is bounded in messages and bytes: what does not fit
// ends the websocket, because a peer that misses a message would be wrong about the room from then on.
type sendQueue struct {
	maxMessages, maxBytes int
	wake                  chan struct{} // capacity 1

	mu     sync.Mutex // guards the fields below
	items  [][]byte
	bytes  int
	ending *ending // no more is taken; the websocket closes so once items are written
}

func newSendQueue(maxMessages, maxBytes int) *sendQueue {
	return &sendQueue{maxMessages: maxMessages, maxBytes: maxBytes, wake: make(chan struct{}, 1)}
}

// push adds raw. When the queue is full, what waits is dropped and the websocket ends with endSlow.
func (q *sendQueue) push(raw []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ending != nil {
		return
	}
	if len(q.items) >= q.maxMessages || q.bytes+len(raw) > q.maxBytes {
		q.items, q.bytes = nil, 0
		q.ending = &endSlow
	} else {
		q.items = append(q.items, raw)
		q.bytes += len(raw)
	}
	q.notify()
}

// end lets what waits be written, then last if there is one, and then the websocket close. The first ending counts.
func (q *sendQueue) end(e ending, last []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ending != nil {
		return
	}
	if last != nil {
		q.items = append(q.items, last)
	}
	q.ending = &e
	q.notify()
}

func (q *sendQueue) notify() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// pop returns the next message, or how to end when there is none left. Both are nil when there is nothing to do yet.
func (q *sendQueue) pop() ([]byte, *ending) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 {
		return nil, q.ending
	}
	raw := q.items[0]
	q.items[0] = nil
	q.items = q.items[1:]
	q.bytes -= len(raw)
	return raw, nil
}

// ended reports how the websocket ends, or nil.
func (q *sendQueue) ended() *ending {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.ending
}
