package sfu_test

import (
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// Whatever way the media of two peers takes, it gets there.
func TestWaysOfMedia(t *testing.T) {
	profiles := func(p ...dtls.SRTPProtectionProfile) func(*webrtc.SettingEngine) {
		return func(s *webrtc.SettingEngine) { s.SetSRTPProtectionProfiles(p...) }
	}
	for name, tt := range map[string]struct {
		options sfutest.Options
		direct  bool
	}{
		"UDP":         {sfutest.Options{}, true},
		"TCP":         {sfutest.Options{TCP: true}, true},
		"AES-256-GCM": {sfutest.Options{Settings: profiles(dtls.SRTP_AEAD_AES_256_GCM)}, true},
		"AES-CM":      {sfutest.Options{Settings: profiles(dtls.SRTP_AES128_CM_HMAC_SHA1_80)}, false},
		"DTLS server": {sfutest.Options{Settings: func(s *webrtc.SettingEngine) {
			_ = s.SetAnsweringDTLSRole(webrtc.DTLSRoleServer)
		}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			room := newRoom(t)
			b := sfutest.Connect(t, room, "b", sfutest.Options{})
			b.Publish("camera", sfu.KindVideo)
			a := sfutest.Connect(t, room, "a", tt.options)
			a.Receives(b, "camera", sfu.KindVideo, 30, 10*time.Second) // it answers the server's first offer
			a.Publish("camera", sfu.KindVideo)
			check(t, b.Receives(a, "camera", sfu.KindVideo, 90, 10*time.Second), a.Receives(b, "camera", sfu.KindVideo, 90, 10*time.Second))
			for _, p := range room.Stats().Peers {
				want := p.ID != "a" || tt.direct
				if p.Direct != want || p.Unopened > 0 {
					t.Errorf("peer %s: direct %v, %d packets not opened; want %v, 0", p.ID, p.Direct, p.Unopened, want)
				}
			}
		})
	}
}
