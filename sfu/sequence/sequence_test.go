package sequence

import "testing"

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

func TestNearDoesNotMove(t *testing.T) {
	var u Unwrapper
	u.Unwrap(65000)
	if got := u.Near(10); got != 65546 {
		t.Errorf("near: got %d, want 65546", got)
	}
	if got := u.Unwrap(65001); got != 65001 {
		t.Errorf("after Near: got %d, want 65001", got)
	}
}
