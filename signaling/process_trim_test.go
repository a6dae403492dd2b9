package signaling

import "testing"

func TestMemoryIsGivenBackWhenItHasSettled(t *testing.T) {
	const mib = 1 << 20
	var tr trimmer
	look := func(used int64) bool {
		if !tr.due(used) {
			return false
		}
		tr.trimmed(4 * mib)
		return true
	}
	for i, tt := range []struct {
		used int64
		want bool
	}{
		{6 * mib, false}, {6 * mib, false}, {6 * mib, false}, {6 * mib, true}, // after the start
		{4 * mib, false}, {4 * mib, false}, {4 * mib, false}, {4 * mib, false}, // as little as it was
		{7 * mib, false}, {8 * mib, false}, {9 * mib, false}, // peers join
		{9 * mib, false}, {9 * mib, false}, {9 * mib, true},
		{5 * mib, false}, {5 * mib, false}, {5 * mib, false}, {5 * mib, false}, // only a little more
	} {
		if got := look(tt.used); got != tt.want {
			t.Errorf("look %d: %v, want %v", i, got, tt.want)
		}
	}
}
