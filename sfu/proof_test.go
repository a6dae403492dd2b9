package sfu

import (
	"slices"
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"github.com/gotera/gotera/sfu/seal"
)

// Keys are known before the client has shown its certificate, or none: nothing is opened with them until it has.
func TestNothingIsOpenedBeforeTheProof(t *testing.T) {
	p := fuzzPeer()
	defer p.room.wheel.Close()
	p.link.peer = p
	packet, err := (&rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: 1234}, Payload: []byte{1, 2, 3}}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := srtpContext(t).EncryptRTP(nil, packet, nil)
	if err != nil {
		t.Fatal(err)
	}
	key, salt := make([]byte, 16), make([]byte, 12)
	p.link.keyed(seal.Keys{Profile: srtp.ProtectionProfileAeadAes128Gcm, SessionKeys: srtp.SessionKeys{
		LocalMasterKey: key, LocalMasterSalt: salt, RemoteMasterKey: key, RemoteMasterSalt: salt,
	}})
	if took, opened := p.link.took(slices.Clone(sealed), true); took || opened {
		t.Error("opened with the keys of anybody")
	}
	p.link.proved()
	if _, opened := p.link.took(sealed, true); !opened {
		t.Error("not opened after the proof")
	}
}
