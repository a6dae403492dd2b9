package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// mediaMTX is one MediaMTX for all rooms: WHIP in, WHEP out. It puts frames together and cuts them into packets anew.
type mediaMTX struct {
	bin, dir string
	http     int
	process  *process
}

func newMediaMTX(bin, dir string) func() server {
	return func() server { return &mediaMTX{bin: bin, dir: dir} }
}

func (m *mediaMTX) start(ctx context.Context, _ load) ([]int, error) {
	http, err := freePort()
	if err != nil {
		return nil, err
	}
	udp, err := freePort()
	if err != nil {
		return nil, err
	}
	m.http = http
	file := filepath.Join(m.dir, "mediamtx.yml")
	err = os.WriteFile(file, fmt.Appendf(nil, `logLevel: error
rtsp: no
rtmp: no
hls: no
srt: no
webrtc: yes
webrtcAddress: 127.0.0.1:%d
webrtcLocalUDPAddress: 127.0.0.1:%d
webrtcIPsFromInterfaces: no
webrtcAdditionalHosts: [127.0.0.1]
paths:
  all_others:
`, http, udp), 0o600)
	if err != nil {
		return nil, err
	}
	if m.process, err = spawn(exec.Command(m.bin, file)); err != nil {
		return nil, err
	}
	return []int{m.process.pid()}, listens(ctx, http)
}

// listens waits until something accepts connections on a port.
func listens(ctx context.Context, port int) error {
	for {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return c.Close()
		}
		if sleep(ctx, 10*time.Millisecond) != nil {
			return fmt.Errorf("not started: %w", err)
		}
	}
}

func (m *mediaMTX) join(ctx context.Context, room int, e *endpoint) error {
	way := "whep"
	if e.publishes {
		way = "whip"
	}
	return exchange(ctx, fmt.Sprintf("http://127.0.0.1:%d/room%d/%s", m.http, room, way), e)
}

func (m *mediaMTX) stop() {
	if m.process != nil {
		m.process.stop()
	}
}
