package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/pion/webrtc/v4"
)

// exchange sends the offer of e to a WHIP or WHEP endpoint (RFC 9725; draft-ietf-wish-whep) and takes the answer. It
// tries again while the answer is 404: what is to be played may not have come yet.
func exchange(ctx context.Context, url string, e *endpoint) error {
	if err := e.open(); err != nil {
		return err
	}
	if e.subscribes {
		kinds := []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo}
		if e.audio {
			kinds = append(kinds, webrtc.RTPCodecTypeAudio)
		}
		for _, k := range kinds {
			if _, err := e.pc.AddTransceiverFromKind(k, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
				return err
			}
		}
	}
	offer, err := e.pc.CreateOffer(nil)
	if err != nil {
		return err
	}
	gathered := webrtc.GatheringCompletePromise(e.pc)
	if err := e.pc.SetLocalDescription(offer); err != nil {
		return err
	}
	<-gathered
	var answer string
	for {
		var again bool
		if answer, again, err = post(ctx, url, e.pc.LocalDescription().SDP); !again {
			break
		}
		if sleep(ctx, 50*time.Millisecond) != nil {
			break
		}
	}
	if err != nil {
		return err
	}
	if err := e.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		return err
	}
	select {
	case <-e.connected:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("not connected: %w", ctx.Err())
	}
}

func post(ctx context.Context, url, offer string) (answer string, again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(offer))
	if err != nil {
		return "", false, err
	}
	req.Header.Set("Content-Type", "application/sdp")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", false, err
	}
	defer res.Body.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err == nil && res.StatusCode != http.StatusCreated {
		err = errors.New(res.Status)
	}
	return string(raw), res.StatusCode == http.StatusNotFound, err
}
