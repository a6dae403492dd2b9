package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"sync"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

// plain is the plainest forwarder that can be made with Pion: no interceptors, one TrackLocalStaticRTP per published
// track, WHIP in and WHEP out. It answers no NACK, keeps no history and makes no reports; what it costs is Pion's cost.
type plain struct {
	self      string
	perRoom   bool
	ports     []int
	processes []*process
}

func newPlain(self string, perRoom bool) func() server {
	return func() server { return &plain{self: self, perRoom: perRoom} }
}

func (p *plain) start(ctx context.Context, c load) ([]int, error) {
	n, env := 1, []string{}
	if p.perRoom {
		n, env = c.rooms, []string{"GOMAXPROCS=1", "GOGC=50"}
	}
	var pids []int
	for range n {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		child, err := spawn(exec.Command(p.self, "plain", fmt.Sprintf("-addr=127.0.0.1:%d", port)), env...)
		if err != nil {
			return nil, err
		}
		p.processes, p.ports, pids = append(p.processes, child), append(p.ports, port), append(pids, child.pid())
	}
	for _, port := range p.ports {
		if err := answers(ctx, fmt.Sprintf("http://127.0.0.1:%d/", port)); err != nil {
			return nil, err
		}
	}
	return pids, nil
}

func (p *plain) join(ctx context.Context, room int, e *endpoint) error {
	way := "whep"
	if e.publishes {
		way = "whip"
	}
	return exchange(ctx, fmt.Sprintf("http://127.0.0.1:%d/%s/%d", p.ports[room%len(p.ports)], way, room), e)
}

func (p *plain) stop() { stopAll(p.processes) }

// children are the modes of this program that are processes of their own.
var children = map[string]func(args []string) error{"plain": servePlain, "raw": sendRaw}

// forwarder is the child process of plain.
type forwarder struct {
	mu    sync.Mutex
	rooms map[string][]*webrtc.TrackLocalStaticRTP
	ask   map[string]func() // asks the publisher for a keyframe
}

func servePlain(args []string) error {
	fs := flag.NewFlagSet("plain", flag.ContinueOnError)
	addr := fs.String("addr", "127.0.0.1:0", "HTTP")
	if err := fs.Parse(args); err != nil {
		return err
	}
	f := &forwarder{rooms: map[string][]*webrtc.TrackLocalStaticRTP{}, ask: map[string]func(){}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /whip/{room}", f.handle(f.publish))
	mux.HandleFunc("POST /whep/{room}", f.handle(f.subscribe))
	return (&http.Server{Addr: *addr, Handler: mux, ReadHeaderTimeout: time.Second}).ListenAndServe()
}

var errNothing = errors.New("nothing is published")

// handle answers an offer on a new connection that prepare has made ready.
func (f *forwarder) handle(prepare func(room string, pc *webrtc.PeerConnection) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		offer, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer, err := f.answer(r.PathValue("room"), string(offer), prepare)
		switch {
		case errors.Is(err, errNothing):
			http.Error(w, err.Error(), http.StatusNotFound)
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		default:
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, answer)
		}
	}
}

func (f *forwarder) answer(room, offer string, prepare func(string, *webrtc.PeerConnection) error) (string, error) {
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return "", err
	}
	s := settings()
	s.SetSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM)
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(&interceptor.Registry{}), webrtc.WithSettingEngine(s))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", err
	}
	if err := prepare(room, pc); err != nil {
		_ = pc.Close()
		return "", err
	}
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", err
	}
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(answer); err != nil {
		return "", err
	}
	<-gathered
	return pc.LocalDescription().SDP, nil
}

// publish forwards what pc brings.
func (f *forwarder) publish(room string, pc *webrtc.PeerConnection) error {
	pc.OnTrack(func(t *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		local, err := webrtc.NewTrackLocalStaticRTP(t.Codec().RTPCodecCapability, t.ID(), t.StreamID())
		if err != nil {
			return
		}
		f.mu.Lock()
		f.rooms[room] = append(f.rooms[room], local)
		if t.Kind() == webrtc.RTPCodecTypeVideo {
			f.ask[room] = func() {
				_ = pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(t.SSRC())}})
			}
		}
		f.mu.Unlock()
		buf := make([]byte, 1600)
		for {
			n, _, err := t.Read(buf)
			if err != nil {
				return
			}
			if _, err := local.Write(buf[:n]); err != nil && !errors.Is(err, io.ErrClosedPipe) {
				return
			}
		}
	})
	return nil
}

// subscribe sends the room's tracks on pc.
func (f *forwarder) subscribe(room string, pc *webrtc.PeerConnection) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.rooms[room]) == 0 {
		return errNothing
	}
	for _, t := range f.rooms[room] {
		sender, err := pc.AddTrack(t)
		if err != nil {
			return err
		}
		ask := f.ask[room]
		go func() {
			for {
				packets, _, err := sender.ReadRTCP()
				if err != nil {
					return
				}
				for _, p := range packets {
					if _, ok := p.(*rtcp.PictureLossIndication); ok && ask != nil {
						ask()
					}
				}
			}
		}()
	}
	return nil
}
