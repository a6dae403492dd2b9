package signaling

import (
	"context"
	"testing"
	"time"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/signal"
)

// dead is a camera that gives no picture.
type dead struct{ headless.Media }

func (dead) Next(ctx context.Context) ([]byte, time.Duration, error) {
	<-ctx.Done()
	return nil, 0, ctx.Err()
}

// A camera that gives nothing is asked to restart, and all others are told that it does not arrive, until it is gone.
func TestStalledTracksAreTold(t *testing.T) {
	t.Parallel()
	r := startRoom(t)
	asked := make(chan string, 10)
	p := r.joinPeer(r.page(patient), headless.Options{
		Tracks:    []headless.Track{{Source: signal.SourceCamera, Media: dead{headless.NewPattern("dead")}}},
		OnRestart: func(source, kind string) { asked <- source + ":" + kind },
	})
	page := r.connect(clinician)
	page.join()
	id := p.ID() + ":camera:video"
	if what := await(t, asked, "restart", func(string) bool { return true }); what != "camera:video" {
		t.Errorf("asked to restart %s", what)
	}
	m := expectThat(page, func(m signal.Stalled) bool { return len(m.Tracks) > 0 })
	if len(m.Tracks) != 1 || m.Tracks[0] != (signal.StalledTrack{Track: id, Reason: signal.StalledSource}) {
		t.Fatalf("stalled: %+v, want %s", m, id)
	}
	page.send(signal.Renew{Track: id}) // of no use, and harmless
	if err := p.Unpublish(signal.SourceCamera); err != nil {
		t.Fatal(err)
	}
	if m := expect[signal.Stalled](page); len(m.Tracks) != 0 {
		t.Errorf("stalled: %+v although nothing is published", m)
	}
}
