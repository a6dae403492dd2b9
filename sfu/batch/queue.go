package batch

// Bounds of the queue. It takes about a frame for each destination, so that a frame leaves as a train; a keyframe leaves
// in parts. A writer that finds it full sends it.
const (
	maxPackets  = 1024
	maxChunks   = 16
	chunkSize   = 64 << 10
	destsAChunk = 8

	MaxPacket = chunkSize // bytes
)

// Bounds of a message that the kernel cuts: its number of segments (udp(7): UDP_MAX_SEGMENTS, 64 before Linux 6.9), and
// the largest payload that IPv4 can name.
const (
	maxSegments   = 64
	maxTrainBytes = 65507
)

// queue is the packets of one flush. Its memory grows to what it needs once and is kept.
type queue struct {
	packets []packet
	chunks  [][]byte // of chunkSize; packets lie in them one after the other
	chunk   int      // the one in use
	used    int      // bytes of it

	trains []train // of the flush under way
}

// packet is one of a queue. next is the one that follows in its train, 0 for none: it never is the queue's first.
type packet struct {
	data []byte
	dest *Dest
	next int32
}

// train is packets to one destination that can leave as one message: all have the size of the first, but for the last
// one, which may be smaller.
type train struct {
	dest        *Dest
	first, last int32 // packets
	count       int32
	size        int32 // bytes of each but the last
	bytes       int32
	closed      bool // the last one is smaller
}

func (q *queue) n() int { return len(q.packets) }

// add returns room for a packet of size bytes, or nil when the queue is full. dests is how many destinations there are.
func (q *queue) add(d *Dest, size, dests int) []byte {
	if len(q.packets) == maxPackets {
		return nil
	}
	if q.used+size > chunkSize || len(q.chunks) == 0 {
		next := q.chunk + 1
		if len(q.chunks) == 0 {
			next = 0
		}
		if next == min(1+dests/destsAChunk, maxChunks) {
			return nil
		}
		if next == len(q.chunks) {
			q.chunks = append(q.chunks, make([]byte, chunkSize))
		}
		q.chunk, q.used = next, 0
	}
	b := q.chunks[q.chunk][q.used : q.used+size : q.used+size]
	q.used += size
	q.packets = append(q.packets, packet{data: b, dest: d})
	return b
}

func (q *queue) reset() {
	q.packets = q.packets[:0]
	q.chunk, q.used = 0, 0
}

// couple divides the queue into trains, of one packet each unless long. Those to one destination stay in order, and so
// do the packets of each.
func (q *queue) couple(long bool) {
	q.trains = q.trains[:0]
	for i := range q.packets {
		q.packets[i].dest.train = 0
	}
	for i := range q.packets {
		p := &q.packets[i]
		p.next = 0
		size := int32(len(p.data))
		if n := p.dest.train; n > 0 && long && !p.dest.whole {
			t := &q.trains[n-1]
			if !t.closed && size <= t.size && t.count < maxSegments && t.bytes+size <= maxTrainBytes {
				q.packets[t.last].next = int32(i)
				t.last, t.closed = int32(i), size < t.size
				t.count++
				t.bytes += size
				continue
			}
		}
		q.trains = append(q.trains, train{dest: p.dest, first: int32(i), last: int32(i), count: 1, size: size, bytes: size})
		p.dest.train = int32(len(q.trains))
	}
}
