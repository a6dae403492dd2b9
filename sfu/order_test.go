package sfu_test

import (
	"testing"
	"time"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// A client that names its largest layer first is understood by the sizes of its pictures.
func TestLayersNamedFromTheTop(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.PublishSimulcastFromTheTop("camera", "0", "1", "2")
	r := b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	for _, tt := range []struct {
		height int
		layer  string
	}{{720, "0"}, {180, "2"}, {360, "1"}, {720, "0"}} {
		show(b, tt.height*16/9, tt.height)
		awaitLayer(t, r, tt.layer)
	}
	intact(t, r)
}
