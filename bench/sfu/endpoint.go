package main

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// endpoint is one WebRTC connection of the load: a full Pion one with the default interceptors, which ask for lost
// packets, report, and send transport-wide feedback.
type endpoint struct {
	id                    uint32 // as a publisher
	publishes, subscribes bool
	audio                 bool

	pc   *webrtc.PeerConnection
	ends []func() // what to end besides pc

	video, sound *webrtc.TrackLocalStaticRTP
	connected    chan struct{}
	once         sync.Once
	halt         chan struct{}
	wantKey      atomic.Bool

	from, to atomic.Int64 // the window, since epoch; 0: none
	sent     atomic.Int64 // in the window

	mu       sync.Mutex
	received map[uint32]*arrivals // by publisher
}

// arrivals is what came from one publisher in the window.
type arrivals struct {
	seen       map[uint32]struct{}
	duplicates int
	delays     []time.Duration
}

// settings are those of every connection of the load: loopback only.
func settings() webrtc.SettingEngine {
	var s webrtc.SettingEngine
	logs := logging.NewDefaultLoggerFactory()
	logs.DefaultLogLevel = logging.LogLevelDisabled
	s.LoggerFactory = logs
	s.SetIncludeLoopbackCandidate(true)
	s.SetIPFilter(func(ip net.IP) bool { return ip.Equal(net.IPv4(127, 0, 0, 1)) })
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	return s
}

// open makes the connection and, for a publisher, its tracks.
func (e *endpoint) open() error {
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return err
	}
	registry := &interceptor.Registry{}
	if err := webrtc.RegisterDefaultInterceptors(media, registry); err != nil {
		return err
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(settings()))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return err
	}
	e.pc, e.connected, e.halt = pc, make(chan struct{}), make(chan struct{})
	e.received = map[uint32]*arrivals{}
	e.wantKey.Store(true)
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			e.once.Do(func() { close(e.connected) })
		}
	})
	if e.publishes {
		if e.video, err = e.add(webrtc.MimeTypeVP8, 90000, "video"); err != nil {
			return err
		}
		if e.audio {
			if e.sound, err = e.add(webrtc.MimeTypeOpus, 48000, "audio"); err != nil {
				return err
			}
		}
	}
	pc.OnTrack(func(t *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { e.read(t) })
	return nil
}

func (e *endpoint) add(mime string, clock uint32, id string) (*webrtc.TrackLocalStaticRTP, error) {
	t, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: mime, ClockRate: clock}, id, fmt.Sprint("bench", e.id))
	if err != nil {
		return nil, err
	}
	tr, err := e.pc.AddTransceiverFromTrack(t, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		return nil, err
	}
	go e.readRTCP(tr.Sender())
	return t, nil
}

// readRTCP answers keyframe requests. It ends with the connection.
func (e *endpoint) readRTCP(s *webrtc.RTPSender) {
	for {
		packets, _, err := s.ReadRTCP()
		if err != nil {
			return
		}
		for _, p := range packets {
			switch p.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				e.wantKey.Store(true)
			}
		}
	}
}

// publish sends until the endpoint closes. The packets of a frame go out back to back, as browsers send them.
func (e *endpoint) publish() {
	select {
	case <-e.connected:
	case <-e.halt:
		return
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	var index atomic.Uint32
	if e.sound != nil {
		wg.Go(func() { e.publishAudio(&index) })
	}
	packet := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 96}}
	buf := make([]byte, payloadSize)
	ticker := time.NewTicker(frameInterval)
	defer ticker.Stop()
	for frame := 0; ; frame++ {
		select {
		case <-ticker.C:
		case <-e.halt:
			return
		}
		key := e.wantKey.Swap(false) || frame%keyframeEvery == 0
		if key {
			frame = 0
		}
		packet.Timestamp += 3000
		sizes(key, func(size int, first, last bool) {
			packet.Payload = buf[:size]
			fill(packet.Payload, first, key)
			packet.Marker = last
			packet.SequenceNumber++
			e.write(e.video, &packet, &index, stampAt)
		})
	}
}

func (e *endpoint) publishAudio(index *atomic.Uint32) {
	packet := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111}, Payload: make([]byte, audioSize)}
	ticker := time.NewTicker(audioInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-e.halt:
			return
		}
		packet.Timestamp += 960
		packet.SequenceNumber++
		e.write(e.sound, &packet, index, stampAt)
	}
}

func (e *endpoint) write(t *webrtc.TrackLocalStaticRTP, p *rtp.Packet, index *atomic.Uint32, at int) {
	now := time.Since(epoch)
	stamp{e.id, index.Add(1) - 1, now}.put(p.Payload[at:])
	if err := t.WriteRTP(p); err == nil && e.inWindow(now) {
		e.sent.Add(1)
	}
}

// read counts what arrives on one track until the connection closes.
func (e *endpoint) read(t *webrtc.TrackRemote) {
	buf := make([]byte, 1600)
	var p rtp.Packet
	for {
		n, _, err := t.Read(buf)
		if err != nil {
			return
		}
		now := time.Since(epoch)
		if p.Unmarshal(buf[:n]) != nil {
			continue
		}
		stamps(p.Payload, func(s stamp) { e.count(s, now) })
	}
}

func (e *endpoint) count(s stamp, now time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.received[s.publisher]
	if a == nil {
		a = &arrivals{seen: map[uint32]struct{}{}}
		e.received[s.publisher] = a
	}
	if !e.inWindow(s.at) {
		return
	}
	if _, ok := a.seen[s.index]; ok {
		a.duplicates++
		return
	}
	a.seen[s.index] = struct{}{}
	a.delays = append(a.delays, now-s.at)
}

// window sets the time in which packets count, by when they are sent.
func (e *endpoint) window(from, to time.Duration) {
	e.to.Store(int64(to))
	e.from.Store(int64(from))
}

func (e *endpoint) inWindow(at time.Duration) bool {
	from := e.from.Load()
	return from != 0 && int64(at) >= from && int64(at) < e.to.Load()
}

func (e *endpoint) sentInWindow() int { return int(e.sent.Load()) }

// sources is how many publishers have been heard.
func (e *endpoint) sources() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.received)
}

// got sums up what came: from the members of its room, and from others.
func (e *endpoint) got(members []*endpoint) (unique, duplicates, foreign int, delays []time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	mine := map[uint32]bool{}
	for _, m := range members {
		if m.publishes {
			mine[m.id] = true
		}
	}
	for publisher, a := range e.received {
		if !mine[publisher] {
			foreign += len(a.seen)
			continue
		}
		unique += len(a.seen)
		duplicates += a.duplicates
		delays = append(delays, a.delays...)
	}
	return unique, duplicates, foreign, delays
}

func (e *endpoint) close() {
	if e.pc == nil {
		return
	}
	close(e.halt)
	for _, f := range e.ends {
		f()
	}
	_ = e.pc.Close()
}
