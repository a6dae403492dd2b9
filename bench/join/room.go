package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gotera/gotera/proto/control"
)

const sharedKey = "0c0ffee0-0000-4000-8000-00000000cafe"

// invitees are who may be there: each has a key of its own, as rehab gives out.
var invitees = []control.Invitee{
	{Kind: control.User, UUID: "5f6a0c1e-0000-4000-8000-000000000001", Name: "Camera"},
	{Kind: control.Participant, UUID: "5f6a0c1e-0000-4000-8000-000000000002", Name: "Viewer"},
}

// room is a room's process.
type room struct {
	cmd         *exec.Cmd
	dir         string // of its control socket
	secret      []byte
	http, media string        // addresses
	took        time.Duration // from its launch until it served
}

// launch starts a room on free ports, without Redis, and returns when it lets the invitees in.
func launch(ctx context.Context, program string) (*room, error) {
	page, err := freePort("tcp")
	if err != nil {
		return nil, err
	}
	media, err := freePort("udp")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "join")
	if err != nil {
		return nil, err
	}
	r := &room{
		dir: dir, secret: control.NewSecret(), http: fmt.Sprintf("127.0.0.1:%d", page), media: fmt.Sprintf("127.0.0.1:%d", media),
	}
	if err := r.start(ctx, program, page, media); err != nil {
		r.stop()
		return nil, err
	}
	return r, nil
}

func (r *room) start(ctx context.Context, program string, page, media int) error {
	path := filepath.Join(r.dir, "control")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return err
	}
	l.SetUnlinkOnClose(false)
	listener, err := l.File()
	_ = l.Close() // the file is a copy
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // the process has it
	r.cmd = exec.Command(program, fmt.Sprintf("--port=%d", page), fmt.Sprintf("--media_port=%d", media),
		"--redis_hostname=127.0.0.1", "--redis_port=1", "--external_host=127.0.0.1")
	r.cmd.Env = append(os.Environ(), control.EnvRoomKey+"="+sharedKey, fmt.Sprintf("%s=%x", control.EnvRoomSecret, r.secret), control.EnvControlFD+"=3")
	r.cmd.ExtraFiles = []*os.File{listener}
	r.cmd.Stderr = os.Stderr
	if extra := os.Getenv("JOIN_FLAGS"); extra != "" {
		r.cmd.Args = append(r.cmd.Args, strings.Fields(extra)...)
	}
	began := time.Now()
	if err := r.cmd.Start(); err != nil {
		return err
	}
	if err := r.serves(began); err != nil {
		return err
	}
	r.took = time.Since(began)
	c := control.NewClient(path)
	defer c.Close()
	return c.PutSession(ctx, control.Session{UUID: "5f6a0c1e-0000-4000-8000-000000000000", Name: "join", StartedAt: began, Invitees: invitees})
}

// serves waits until the room answers.
func (r *room) serves(began time.Time) error {
	for {
		res, err := http.Get("http://" + r.http + "/status?key=" + sharedKey)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
			err = errors.New(res.Status)
		}
		if time.Since(began) > 10*time.Second {
			return fmt.Errorf("the room is not ready: %w", err)
		}
		time.Sleep(time.Millisecond)
	}
}

// url is the page of an invitee.
func (r *room) url(host string, i control.Invitee) string {
	return fmt.Sprintf("http://%s/%ss?key=%s", host, i.Kind, control.InviteeKey(r.secret, i.Kind, i.UUID))
}

func (r *room) stop() {
	if r.cmd != nil && r.cmd.Process != nil {
		_ = r.cmd.Process.Kill()
		_ = r.cmd.Wait()
	}
	_ = os.RemoveAll(r.dir)
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
