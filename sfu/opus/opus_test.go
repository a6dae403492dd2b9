package opus

import "testing"

func TestSamples(t *testing.T) {
	for _, tt := range []struct {
		name    string
		payload []byte
		want    int
	}{
		{"nothing", nil, 0},
		{"CELT 20 ms, what browsers send", []byte{31<<3 | 4}, 960},
		{"SILK 60 ms", []byte{3 << 3}, 2880},
		{"hybrid 10 ms", []byte{14 << 3}, 480},
		{"two of 2.5 ms", []byte{16<<3 | 1}, 240},
		{"six of 20 ms", []byte{31<<3 | 3, 6}, 5760},
		{"too long", []byte{31<<3 | 3, 7}, 0},
		{"without its count", []byte{31<<3 | 3}, 0},
		{"comfort of DTX", []byte{1 << 3}, 960},
	} {
		if got := Samples(tt.payload); got != tt.want {
			t.Errorf("%s: %d samples, want %d", tt.name, got, tt.want)
		}
	}
}
