package sequence

import "testing"

func TestLess(t *testing.T) {
	for _, tt := range []struct {
		a, b uint16
		want bool
	}{
		{7, 8, true},
		{8, 8, false},
		{65535, 0, true},  // wraps
		{0, 65535, false}, // late
	} {
		if got := Less(tt.a, tt.b); got != tt.want {
			t.Errorf("Less(%d, %d) = %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestUnwrapOverWraps(t *testing.T) {
	var u Unwrapper
	start := uint16(65000)
	for i := range 200000 {
		if got, want := u.Unwrap(start+uint16(i)), int64(start)+int64(i); got != want {
			t.Fatalf("packet %d: got %d, want %d", i, got, want)
		}
	}
}

func TestUnwrapLate(t *testing.T) {
	var u Unwrapper
	u.Unwrap(2)
	if got := u.Unwrap(65534); got != -2 {
		t.Errorf("late packet before the wrap: got %d, want -2", got)
	}
	if got := u.Unwrap(3); got != 3 {
		t.Errorf("after a late packet: got %d, want 3", got)
	}
}
