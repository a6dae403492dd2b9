package red

import (
	"bytes"
	"errors"
	"testing"
)

func opusPacket(size int) []byte {
	b := bytes.Repeat([]byte{7}, size)
	b[0] = 31<<3 | 4 // CELT, 20 ms
	return b
}

func TestBlocksComeBack(t *testing.T) {
	older, old, now := opusPacket(90), opusPacket(70), opusPacket(80)
	payload := Append(nil, Block{111, 1920, older}, Block{111, 960, old}, Block{111, 0, now})
	if want := 2*4 + 1 + 90 + 70 + 80; len(payload) != want {
		t.Fatalf("%d bytes, want %d", len(payload), want)
	}
	var array [MaxBlocks]Block
	blocks, err := Parse(&array, payload)
	if err != nil || len(blocks) != 3 {
		t.Fatalf("%d blocks, %v", len(blocks), err)
	}
	for i, want := range []Block{{111, 1920, older}, {111, 960, old}, {111, 0, now}} {
		got := blocks[i]
		if got.PayloadType != want.PayloadType || got.Offset != want.Offset || !bytes.Equal(got.Data, want.Data) {
			t.Errorf("block %d: %d, %d, %d bytes", i, got.PayloadType, got.Offset, len(got.Data))
		}
	}
	if n := Contiguous(blocks); n != 2 {
		t.Errorf("%d packets before this one, want 2", n)
	}
}

func TestWhatDoesNotFitIsLeftOut(t *testing.T) {
	now := opusPacket(80)
	for name, b := range map[string]Block{
		"too old":    {111, 1 << 14, opusPacket(10)},
		"too long":   {111, 960, opusPacket(1024)},
		"empty":      {111, 960, nil},
		"not before": {111, 0, opusPacket(10)},
	} {
		var array [MaxBlocks]Block
		blocks, err := Parse(&array, Append(nil, b, Block{111, 0, now}))
		if err != nil || len(blocks) != 1 || !bytes.Equal(blocks[0].Data, now) {
			t.Errorf("%s: %d blocks, %v", name, len(blocks), err)
		}
	}
}

func TestBadPayloads(t *testing.T) {
	tooMany := make([]Block, MaxBlocks+1)
	for i := range tooMany {
		tooMany[i] = Block{111, uint32(960 * (MaxBlocks - i)), []byte{1}}
	}
	for _, tt := range []struct {
		name    string
		payload []byte
		want    error
	}{
		{"nothing", nil, ErrShort},
		{"half a header", []byte{0xef, 1}, ErrShort},
		{"no last block", []byte{0xef, 0, 0, 0}, ErrShort},
		{"block longer than the payload", []byte{0xef, 15, 0, 9, 0x6f, 1, 2}, ErrShort},
		{"too many", Append(nil, tooMany...), ErrBlocks},
	} {
		var array [MaxBlocks]Block
		if blocks, err := Parse(&array, tt.payload); !errors.Is(err, tt.want) || blocks != nil {
			t.Errorf("%s: %d blocks, %v, want %v", tt.name, len(blocks), err, tt.want)
		}
	}
}

func TestGapsAreNotContiguous(t *testing.T) {
	for _, tt := range []struct {
		name   string
		blocks []Block
		want   int
	}{
		{"alone", []Block{{111, 0, opusPacket(9)}}, 0},
		{"the packet before the last", []Block{{111, 1920, opusPacket(9)}, {111, 0, opusPacket(9)}}, 0},
		{"a pause before it", []Block{{111, 2880, opusPacket(9)}, {111, 960, opusPacket(9)}, {111, 0, opusPacket(9)}}, 1},
		{"another codec", []Block{{13, 960, opusPacket(9)}, {111, 0, opusPacket(9)}}, 0},
		{"no Opus", []Block{{111, 960, nil}, {111, 0, opusPacket(9)}}, 0},
	} {
		if got := Contiguous(tt.blocks); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

// What is read must be written the same, but for blocks that Append leaves out, and never touch foreign memory.
func FuzzParse(f *testing.F) {
	f.Add([]byte{0x6f, 1, 2, 3})
	f.Add(Append(nil, Block{111, 1920, opusPacket(9)}, Block{111, 960, opusPacket(5)}, Block{111, 0, opusPacket(7)}))
	f.Add([]byte{0xef, 15, 0, 9, 0x6f, 1, 2})
	f.Fuzz(func(t *testing.T, payload []byte) {
		var array, again [MaxBlocks]Block
		blocks, err := Parse(&array, payload)
		if err != nil {
			return
		}
		total := 1 + header*(len(blocks)-1)
		for _, b := range blocks {
			total += len(b.Data)
		}
		if total != len(payload) {
			t.Fatalf("blocks cover %d of %d bytes", total, len(payload))
		}
		if n := Contiguous(blocks); n < 0 || n >= len(blocks) {
			t.Fatalf("%d of %d blocks are contiguous", n, len(blocks))
		}
		kept := 1
		for i := range blocks[:len(blocks)-1] {
			if blocks[i].fits() {
				kept++
			}
		}
		second, err := Parse(&again, Append(nil, blocks...))
		if err != nil || len(second) != kept || !bytes.Equal(second[kept-1].Data, blocks[len(blocks)-1].Data) {
			t.Fatalf("written again: %d blocks of %d, %v", len(second), kept, err)
		}
	})
}
