package signaling

import (
	"slices"
	"testing"
	"time"

	"github.com/gotera/gotera/sfu"
)

// box is a connection whose channel may not be open yet.
type box struct {
	open bool
	got  []string
}

func (b *box) Send(f sfu.Frame) error {
	if !b.open {
		return sfu.ErrNoChannel
	}
	b.got = append(b.got, string(f.Data))
	return nil
}

// What comes before a robot has opened its channel waits for it, in order, and not for long; others do not wait for that.
func TestTextsWaitForTheChannel(t *testing.T) {
	opens, open, never := &box{}, &box{open: true}, &box{}
	later := time.Now().Add(time.Minute)
	frame := func(text string) sfu.Frame { return sfu.Frame{Data: []byte(text)} }
	waiting := delivered([]letter{{opens, frame("1"), later}, {open, frame("at once"), later}, {opens, frame("2"), later}, {never, frame("old"), time.Now().Add(-time.Second)}})
	if len(waiting) != 2 || !slices.Equal(open.got, []string{"at once"}) {
		t.Fatalf("%d wait, %q came", len(waiting), open.got)
	}
	opens.open = true
	waiting = delivered(append(waiting, letter{opens, frame("3"), later}))
	if len(waiting) != 0 || !slices.Equal(opens.got, []string{"1", "2", "3"}) {
		t.Errorf("%d wait, %q came", len(waiting), opens.got)
	}
}
