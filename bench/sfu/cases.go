package main

import (
	"fmt"
	"strconv"
	"strings"
)

// load is one case: what each room is sent and sends.
type load struct {
	name        string
	rooms       int
	publishers  int // in each room
	subscribers int // in each room, besides the publishers; when all publish, the publishers subscribe too
	all         bool
}

// streams is how many tracks of one kind are sent by the server.
func (c load) streams() int {
	if c.all {
		return c.rooms * c.publishers * (c.publishers - 1)
	}
	return c.rooms * c.publishers * c.subscribers
}

// peers is how many connections a room has.
func (c load) peers() int { return c.publishers + c.subscribers }

// parseCases reads "25x3,1x10,4all".
func parseCases(text string) ([]load, error) {
	var out []load
	for name := range strings.SplitSeq(text, ",") {
		if peers, ok := strings.CutSuffix(name, "all"); ok {
			n, err := strconv.Atoi(peers)
			if err != nil || n < 2 || n > 16 {
				return nil, fmt.Errorf("case %q: want 2all to 16all", name)
			}
			out = append(out, load{name: name, rooms: 1, publishers: n, all: true})
			continue
		}
		a, b, _ := strings.Cut(name, "x")
		rooms, err1 := strconv.Atoi(a)
		subscribers, err2 := strconv.Atoi(b)
		if err1 != nil || err2 != nil || rooms < 1 || rooms > 100 || subscribers < 1 || subscribers > 120 {
			return nil, fmt.Errorf("case %q: want rooms x subscribers, as 25x3", name)
		}
		out = append(out, load{name: name, rooms: rooms, publishers: 1, subscribers: subscribers})
	}
	return out, nil
}
