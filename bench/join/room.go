package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

const key = "0c0ffee0-0000-4000-8000-00000000cafe"

// room is a room's process.
type room struct {
	cmd         *exec.Cmd
	http, media string        // addresses
	took        time.Duration // from its launch until it served
}

// launch starts a room on free ports, without Redis, and returns when it lets people in.
func launch(program string) (*room, error) {
	page, err := freePort("tcp")
	if err != nil {
		return nil, err
	}
	media, err := freePort("udp")
	if err != nil {
		return nil, err
	}
	r := &room{http: fmt.Sprintf("127.0.0.1:%d", page), media: fmt.Sprintf("127.0.0.1:%d", media)}
	r.cmd = exec.Command(program, fmt.Sprintf("--port=%d", page), fmt.Sprintf("--media_port=%d", media), "--key="+key,
		"--redis_hostname=127.0.0.1", "--redis_port=1", "--external_host=127.0.0.1")
	r.cmd.Stderr = os.Stderr
	if extra := os.Getenv("JOIN_FLAGS"); extra != "" {
		r.cmd.Args = append(r.cmd.Args, strings.Fields(extra)...)
	}
	began := time.Now()
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	for {
		res, err := http.Get(r.url(r.http, "status"))
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Since(began) > 10*time.Second {
			r.stop()
			return nil, fmt.Errorf("the room is not ready: %w", err)
		}
		time.Sleep(time.Millisecond)
	}
	r.took = time.Since(began)
	return r, nil
}

func (r *room) url(host, page string) string {
	return fmt.Sprintf("http://%s/%s?key=%s", host, page, key)
}

func (r *room) stop() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}

// freePort is one that nobody has now.
func freePort(network string) (int, error) {
	if network == "udp" { // the room listens on the same port of TCP
		for {
			c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				return 0, err
			}
			port := c.LocalAddr().(*net.UDPAddr).Port
			l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
			_ = c.Close()
			if err == nil {
				return port, l.Close()
			}
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close() //nolint:errcheck // that is what it is for
	return l.Addr().(*net.TCPAddr).Port, nil
}
