// Package seal gives the SRTP keys of a DTLS connection in which this side is the server, and seals RTP packets with
// AES-GCM into memory of the caller's (RFC 7714). It is there because Pion's own way from a packet to the socket copies
// twice, allocates, and passes four layers. Start at Handshake.
package seal

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/prf"
	"github.com/pion/dtls/v3/pkg/protocol/extension"
	"github.com/pion/dtls/v3/pkg/protocol/handshake"
	"github.com/pion/srtp/v3"
)

// Handshake listens to one DTLS handshake, as its ServerHello hook and its key log, until the keys are known. Nothing is
// logged: the secret goes from one to the other in memory, and is forgotten.
type Handshake struct {
	done func(Keys)

	mu      sync.Mutex // guards the fields below
	random  [handshake.RandomLength]byte
	suite   uint16
	profile srtp.ProtectionProfile // 0: none that is done here
}

// Keys are those of one DTLS-SRTP connection (RFC 5764, section 4.2).
type Keys struct {
	Profile srtp.ProtectionProfile // one of the two of AES-GCM
	srtp.SessionKeys
}

// NewHandshake calls done with the keys, in the midst of the handshake, if they are of a kind that Sealer does.
func NewHandshake(done func(Keys)) *Handshake { return &Handshake{done: done} }

// Hello is the hook: it notes what the server says, and changes nothing.
func (h *Handshake) Hello(m handshake.MessageServerHello) handshake.Message {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.random, h.suite, h.profile = m.Random.MarshalFixed(), 0, 0
	if m.CipherSuiteID != nil {
		h.suite = *m.CipherSuiteID
	}
	for _, e := range m.Extensions {
		if use, ok := e.(*extension.UseSRTP); ok && len(use.ProtectionProfiles) == 1 {
			switch use.ProtectionProfiles[0] {
			case dtls.SRTP_AEAD_AES_128_GCM:
				h.profile = srtp.ProtectionProfileAeadAes128Gcm
			case dtls.SRTP_AEAD_AES_256_GCM:
				h.profile = srtp.ProtectionProfileAeadAes256Gcm
			}
		}
	}
	return &m
}

var errKeyLog = errors.New("seal: key log line is not CLIENT_RANDOM")

// Write takes the line of the key log (draft-ietf-tls-keylogfile): CLIENT_RANDOM, the client's random, the master secret.
func (h *Handshake) Write(line []byte) (int, error) {
	fields := strings.Fields(string(line))
	if len(fields) != 3 || fields[0] != "CLIENT_RANDOM" {
		return 0, errKeyLog
	}
	client, err1 := hex.DecodeString(fields[1])
	secret, err2 := hex.DecodeString(fields[2])
	if err := errors.Join(err1, err2); err != nil {
		return 0, errKeyLog
	}
	h.mu.Lock()
	e := exporter{secret, append(client, h.random[:]...), h.suite}
	profile := h.profile
	h.mu.Unlock()
	if profile == 0 {
		return len(line), nil
	}
	c := srtp.Config{Profile: profile}
	if err := c.ExtractSessionKeysFromDTLS(e, false); err != nil {
		return 0, fmt.Errorf("seal: %w", err)
	}
	clear(secret)
	h.done(Keys{profile, c.Keys})
	return len(line), nil
}

// exporter makes keying material of a DTLS 1.2 connection (RFC 5705, section 4).
type exporter struct {
	secret, randoms []byte // randoms: the client's and the server's
	suite           uint16
}

// ExportKeyingMaterial is the part of the exporter that DTLS-SRTP needs: context is empty.
func (e exporter) ExportKeyingMaterial(label string, _ []byte, length int) ([]byte, error) {
	hash := sha256.New
	switch dtls.CipherSuiteID(e.suite) {
	case dtls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, dtls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384:
		hash = sha512.New384
	}
	return prf.PHash(e.secret, append([]byte(label), e.randoms...), length, hash)
}
