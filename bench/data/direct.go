package main

import (
	"context"
	"errors"
	"io"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"
)

// direct is a data channel between two Pion peers, without a room.
type direct struct {
	from, to *webrtc.PeerConnection
	dc       *webrtc.DataChannel
	received func([]byte) // set before the first frame is sent
}

func newDirect(ctx context.Context) (d *direct, err error) {
	var s webrtc.SettingEngine
	s.LoggerFactory = &logging.DefaultLoggerFactory{Writer: io.Discard}
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	api := webrtc.NewAPI(webrtc.WithSettingEngine(s))
	d = &direct{}
	if d.from, err = api.NewPeerConnection(webrtc.Configuration{}); err != nil {
		return nil, err
	}
	if d.to, err = api.NewPeerConnection(webrtc.Configuration{}); err != nil {
		return nil, errors.Join(err, d.from.Close())
	}
	ordered, retransmits := false, uint16(0)
	d.dc, err = d.from.CreateDataChannel("lossy", &webrtc.DataChannelInit{Ordered: &ordered, MaxRetransmits: &retransmits})
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	open := make(chan struct{})
	d.dc.OnOpen(func() { close(open) })
	d.to.OnDataChannel(func(dc *webrtc.DataChannel) {
		dc.OnMessage(func(m webrtc.DataChannelMessage) { d.received(m.Data) })
	})
	if err = d.negotiate(); err != nil {
		return nil, errors.Join(err, d.close())
	}
	select {
	case <-open:
		return d, nil
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), d.close())
	}
}

func (d *direct) negotiate() error {
	offer, err := d.from.CreateOffer(nil)
	if err != nil {
		return err
	}
	gathered := webrtc.GatheringCompletePromise(d.from)
	if err = d.from.SetLocalDescription(offer); err != nil {
		return err
	}
	<-gathered
	if err = d.to.SetRemoteDescription(*d.from.LocalDescription()); err != nil {
		return err
	}
	answer, err := d.to.CreateAnswer(nil)
	if err != nil {
		return err
	}
	gathered = webrtc.GatheringCompletePromise(d.to)
	if err = d.to.SetLocalDescription(answer); err != nil {
		return err
	}
	<-gathered
	return d.from.SetRemoteDescription(*d.to.LocalDescription())
}

func (d *direct) send(b []byte) error { return d.dc.Send(b) }

func (d *direct) close() error { return errors.Join(d.from.Close(), d.to.Close()) }
