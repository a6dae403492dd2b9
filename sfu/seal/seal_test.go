package seal

import (
	"bytes"
	"crypto/rand"
	"net"
	"testing"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// keysOf are keys of the size of a profile, and those of the other side.
func keysOf(p srtp.ProtectionProfile) (mine, theirs Keys) {
	size, _ := p.KeyLen()
	random := func(n int) []byte {
		b := make([]byte, n)
		_, _ = rand.Read(b)
		return b
	}
	k := srtp.SessionKeys{
		LocalMasterKey: random(size), LocalMasterSalt: random(saltSize),
		RemoteMasterKey: random(size), RemoteMasterSalt: random(saltSize),
	}
	return Keys{p, k}, Keys{p, srtp.SessionKeys{
		LocalMasterKey: k.RemoteMasterKey, LocalMasterSalt: k.RemoteMasterSalt,
		RemoteMasterKey: k.LocalMasterKey, RemoteMasterSalt: k.LocalMasterSalt,
	}}
}

// TestPionOpensWhatIsSealed goes over the end of the sequence numbers twice, with losses and packets out of order.
func TestPionOpensWhatIsSealed(t *testing.T) {
	for _, profile := range []srtp.ProtectionProfile{srtp.ProtectionProfileAeadAes128Gcm, srtp.ProtectionProfileAeadAes256Gcm} {
		mine, theirs := keysOf(profile)
		s, err := NewSealer(mine)
		if err != nil {
			t.Fatal(err)
		}
		opener, err := NewOpener(theirs, 1024)
		if err != nil {
			t.Fatal(err)
		}
		var index Index
		payload := bytes.Repeat([]byte{1, 2, 3}, 100)
		buf := make([]byte, 1500)
		for i := 65000; i < 3*65536; i += 7 {
			for _, seq := range []uint16{uint16(i + 3), uint16(i)} {
				h := rtp.Header{Version: 2, PayloadType: 96, SSRC: 77, SequenceNumber: seq}
				_ = h.SetExtension(3, []byte{byte(i), 2})
				n, err := h.MarshalTo(buf)
				if err != nil {
					t.Fatal(err)
				}
				sealed := buf[:n+len(payload)+Overhead]
				x, fresh := index.Next(seq)
				if !fresh {
					t.Fatalf("index %d is given twice", x)
				}
				s.Seal(sealed, n, payload, h.SSRC, x)
				got, err := opener.DecryptRTP(nil, sealed, nil)
				if err != nil || !bytes.Equal(got[n:], payload) {
					t.Fatalf("%v: packet %d: %v", profile, i, err)
				}
			}
		}
	}
}

// No index is given twice, whatever order numbers come in, nor one that is before the first.
func TestIndexesAreUsedOnce(t *testing.T) {
	var i Index
	for _, tt := range []struct {
		seq   uint16
		want  uint64
		fresh bool
	}{
		{2, 2, true},
		{65535, 65535, false}, // before the first
		{3, 3, true}, {2, 2, false}, {3, 3, false},
		{10, 10, true}, {4, 4, true}, {4, 4, false},
		{30000, 30000, true}, {30000 - indexWindow + 1, 30000 - indexWindow + 1, true}, {30000 - indexWindow, 30000 - indexWindow, false},
		{60000, 60000, true}, {100, 65636, true}, {65535, 65535, true}, {65535, 65535, false}, {101, 65637, true},
	} {
		if got, fresh := i.Next(tt.seq); got != tt.want || fresh != tt.fresh {
			t.Errorf("Next(%d) = %d, %v; want %d, %v", tt.seq, got, fresh, tt.want, tt.fresh)
		}
	}
}

// TestKeysOfAHandshake compares the keys that are heard with those that Pion's DTLS exports.
func TestKeysOfAHandshake(t *testing.T) {
	for _, tt := range []struct {
		suite   dtls.CipherSuiteID
		profile dtls.SRTPProtectionProfile
		want    srtp.ProtectionProfile // 0: none
	}{
		{dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, dtls.SRTP_AEAD_AES_128_GCM, srtp.ProtectionProfileAeadAes128Gcm},
		{dtls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, dtls.SRTP_AEAD_AES_256_GCM, srtp.ProtectionProfileAeadAes256Gcm},
		{dtls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, dtls.SRTP_AEAD_AES_128_GCM, srtp.ProtectionProfileAeadAes128Gcm},
		{dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, dtls.SRTP_AES128_CM_HMAC_SHA1_80, 0},
	} {
		t.Run(tt.suite.String()+tt.want.String(), func(t *testing.T) {
			var keys Keys
			h := NewHandshake(func(k Keys) { keys = k })
			cert, err := selfsign.GenerateSelfSigned()
			if err != nil {
				t.Fatal(err)
			}
			a, b := pipe(t)
			shared := []dtls.Option{
				dtls.WithCertificates(cert), dtls.WithCipherSuites(tt.suite), dtls.WithSRTPProtectionProfiles(tt.profile),
				dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret), dtls.WithInsecureSkipVerify(true),
			}
			state := handshakeOf(t, a, b, shared, h)
			if tt.want == 0 {
				if keys.Profile != 0 {
					t.Error("keys of a profile that is not done here")
				}
				return
			}
			want := srtp.Config{Profile: tt.want}
			if err := want.ExtractSessionKeysFromDTLS(&state, false); err != nil {
				t.Fatal(err)
			}
			if keys.Profile != tt.want || !bytes.Equal(keys.LocalMasterKey, want.Keys.LocalMasterKey) ||
				!bytes.Equal(keys.LocalMasterSalt, want.Keys.LocalMasterSalt) ||
				!bytes.Equal(keys.RemoteMasterKey, want.Keys.RemoteMasterKey) ||
				!bytes.Equal(keys.RemoteMasterSalt, want.Keys.RemoteMasterSalt) {
				t.Error("the keys differ from those of the connection")
			}
		})
	}
}

// pipe is two UDP sockets that know each other.
func pipe(t *testing.T) (a, b *net.UDPConn) {
	t.Helper()
	for _, c := range []**net.UDPConn{&a, &b} {
		u, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = u.Close() })
		*c = u
	}
	return a, b
}

// handshakeOf makes a DTLS connection from b to a, which h listens to, and returns the state of a.
func handshakeOf(t *testing.T, a, b *net.UDPConn, shared []dtls.Option, h *Handshake) dtls.State {
	t.Helper()
	server := []dtls.ServerOption{dtls.WithServerHelloMessageHook(h.Hello)}
	client := []dtls.ClientOption{}
	for _, o := range append(shared, dtls.WithKeyLogWriter(h)) {
		server = append(server, o)
	}
	for _, o := range shared {
		client = append(client, o)
	}
	s, err := dtls.ServerWithOptions(a, b.LocalAddr(), server...)
	if err != nil {
		t.Fatal(err)
	}
	c, err := dtls.ClientWithOptions(b, a.LocalAddr(), client...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = c.Close(), s.Close() })
	done := make(chan error, 1)
	go func() { done <- c.HandshakeContext(t.Context()) }()
	if err := s.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	state, ok := s.ConnectionState()
	if !ok {
		t.Fatal("no state")
	}
	return state
}

func FuzzKeyLog(f *testing.F) {
	f.Add("CLIENT_RANDOM 00 00\n")
	f.Add("CLIENT_RANDOM zz 00\n")
	f.Fuzz(func(t *testing.T, line string) {
		h := NewHandshake(func(Keys) {})
		h.profile = srtp.ProtectionProfileAeadAes128Gcm
		_, _ = h.Write([]byte(line))
	})
}

func BenchmarkSeal(b *testing.B) {
	mine, _ := keysOf(srtp.ProtectionProfileAeadAes128Gcm)
	s, err := NewSealer(mine)
	if err != nil {
		b.Fatal(err)
	}
	payload, buf := make([]byte, 1100), make([]byte, 1500)
	buf[0] = 0x80
	var seq uint16
	var index Index
	b.ReportAllocs()
	for b.Loop() {
		seq++
		x, _ := index.Next(seq)
		s.Seal(buf[:12+1100+Overhead], 12, payload, 1, x)
	}
}
