// Package red reads and writes redundant audio payloads (RFC 2198): a packet that carries earlier ones again, so that a
// loss is repaired by the packet after it, without a round trip. Policy decides when a subscriber needs that.
package red

import (
	"encoding/binary"
	"errors"

	"github.com/gotera/gotera/sfu/opus"
)

// Bounds of the format, and ours.
const (
	MaxBlocks = 8         // of a payload that is read
	maxOffset = 1<<14 - 1 // of a block's timestamp, in clock units: 341 ms of Opus
	maxLength = 1<<10 - 1 // bytes of a block that is not the newest
	header    = 4         // bytes before each such block
	more      = 0x80      // F bit: another block follows
)

// Errors of Parse.
var (
	ErrShort  = errors.New("red: payload is shorter than its header says")
	ErrBlocks = errors.New("red: too many blocks")
)

// Block is one of a payload's encodings.
type Block struct {
	PayloadType uint8
	Offset      uint32 // clock units before the RTP timestamp; 0 for the newest
	Data        []byte // of a payload that was read: a part of it
}

// Parse returns the blocks of payload, oldest first, in the array of blocks. There is at least one: the last, which a
// packet without redundancy would carry. Nothing is copied.
func Parse(blocks *[MaxBlocks]Block, payload []byte) ([]Block, error) {
	var lengths [MaxBlocks]int
	n := 0
	for rest := true; rest; n++ {
		if n == MaxBlocks {
			return nil, ErrBlocks
		}
		if len(payload) == 0 || payload[0]&more != 0 && len(payload) < header {
			return nil, ErrShort
		}
		blocks[n] = Block{PayloadType: payload[0] &^ more}
		if rest = payload[0]&more != 0; !rest {
			payload = payload[1:]
			continue
		}
		v := binary.BigEndian.Uint32(payload)
		blocks[n].Offset, lengths[n] = v>>10&maxOffset, int(v&maxLength)
		payload = payload[header:]
	}
	for i := range n - 1 {
		if len(payload) < lengths[i] {
			return nil, ErrShort
		}
		blocks[i].Data, payload = payload[:lengths[i]:lengths[i]], payload[lengths[i]:]
	}
	blocks[n-1].Data = payload
	return blocks[:n], nil
}

// Append writes the payload of blocks, oldest first, behind dst. The last one's Offset is not looked at. Blocks before it
// that the format has no room for (more than 1023 bytes, more than 341 ms old), or that are empty, are left out.
func Append(dst []byte, blocks ...Block) []byte {
	last := len(blocks) - 1
	for i := range blocks[:last] {
		if b := &blocks[i]; b.fits() {
			dst = binary.BigEndian.AppendUint32(dst, uint32(b.PayloadType|more)<<24|b.Offset<<10|uint32(len(b.Data)))
		}
	}
	dst = append(dst, blocks[last].PayloadType&^more)
	for i := range blocks[:last] {
		if b := &blocks[i]; b.fits() {
			dst = append(dst, b.Data...)
		}
	}
	return append(dst, blocks[last].Data...)
}

func (b *Block) fits() bool {
	return b.Offset > 0 && b.Offset <= maxOffset && len(b.Data) > 0 && len(b.Data) <= maxLength
}

// Contiguous is how many of the blocks before the last follow one another without a gap up to the last, that is, how many
// of the packets just before this one they are. blocks are Opus.
func Contiguous(blocks []Block) int {
	n, offset := 0, uint32(0)
	for i := len(blocks) - 2; i >= 0; i-- {
		samples := opus.Samples(blocks[i].Data)
		if samples == 0 || blocks[i].PayloadType != blocks[len(blocks)-1].PayloadType || blocks[i].Offset != offset+uint32(samples) {
			break
		}
		offset = blocks[i].Offset
		n++
	}
	return n
}
