package porttest

import (
	"fmt"
	"net"
	"testing"
)

func TestTake(t *testing.T) {
	given := map[int]bool{}
	for range 50 {
		first := Take(t, 4)
		if first < First || first+3 > Last {
			t.Fatalf("got %d to %d, want ports of %d to %d", first, first+3, First, Last)
		}
		for port := first; port < first+4; port++ {
			if given[port] {
				t.Errorf("port %d was given twice", port)
			}
			given[port] = true
		}
	}
	port := Take(t, 1)
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if free(port) {
		t.Errorf("port %d counts as free while something listens on it", port)
	}
}
