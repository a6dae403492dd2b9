package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"

	"github.com/pion/srtp/v3"
)

// Overhead is what sealing adds to a packet, in bytes.
const Overhead = 16

// saltSize is that of both profiles (RFC 7714, section 12).
const saltSize = 12

// Sealer seals what this side sends. It is not safe for concurrent use.
type Sealer struct {
	aead cipher.AEAD
	salt [saltSize]byte
	iv   [saltSize]byte // of the packet at hand; here so that none is allocated
}

// NewSealer makes the session key and salt of the keys (RFC 3711, section 4.3.1; RFC 7714, section 11).
func NewSealer(k Keys) (*Sealer, error) {
	key, err := derive(k, labelEncryption, len(k.LocalMasterKey))
	if err != nil {
		return nil, err
	}
	salt, err := derive(k, labelSalt, saltSize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	s := &Sealer{salt: [saltSize]byte(salt)}
	s.aead, err = cipher.NewGCM(block)
	return s, err
}

// Labels of RFC 3711, section 4.3.2.
const (
	labelEncryption = 0x00
	labelSalt       = 0x02
)

// derive is the key derivation for an index of 0, at which it happens once (key_derivation_rate 0).
func derive(k Keys, label byte, n int) ([]byte, error) {
	block, err := aes.NewCipher(k.LocalMasterKey)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	var iv [aes.BlockSize]byte
	copy(iv[:], k.LocalMasterSalt)
	iv[7] ^= label
	out := make([]byte, n)
	cipher.NewCTR(block, iv[:]).XORKeyStream(out, out)
	return out, nil
}

// Seal seals one packet: dst begins with its header of n bytes, and has room for payload and Overhead after it. payload
// may be that room. index is that of RFC 3711, section 3.3.1, and must be used once for an SSRC.
func (s *Sealer) Seal(dst []byte, n int, payload []byte, ssrc uint32, index uint64) {
	s.iv = s.salt // RFC 7714, section 8.1
	binary.BigEndian.PutUint32(s.iv[2:], ssrc^binary.BigEndian.Uint32(s.salt[2:]))
	binary.BigEndian.PutUint32(s.iv[6:], uint32(index>>16)^binary.BigEndian.Uint32(s.salt[6:]))
	binary.BigEndian.PutUint16(s.iv[10:], uint16(index)^binary.BigEndian.Uint16(s.salt[10:]))
	s.aead.Seal(dst[n:n], s.iv[:], payload, dst[:n])
}

// Index counts the packets of one SSRC beyond 16 bits, as the receiver will guess it (RFC 3711, section 3.3.1). It is not
// safe for concurrent use.
type Index struct {
	highest uint64
	started bool
	used    [indexWindow / 64]uint64 // bit index%indexWindow: it was used, if it is in the window
}

// indexWindow is how many indexes before the highest may be used.
const indexWindow = 2048

// Next is the index of a packet with sequence number seq. fresh is false when it has been used before, or may have been: no
// other packet than the one of then may be sealed with it.
func (i *Index) Next(seq uint16) (index uint64, fresh bool) {
	if !i.started {
		i.started, i.highest = true, uint64(seq)
		return i.highest, i.use(i.highest)
	}
	next := int64(i.highest) + int64(int16(seq-uint16(i.highest)))
	if next < 0 || uint64(next)+indexWindow <= i.highest { // before the first, which was just above 0; or too old
		return uint64(max(next, int64(seq))), false
	}
	index = uint64(next)
	if index > i.highest {
		for n := max(i.highest+1, index-min(index, indexWindow-1)); n <= index; n++ {
			i.used[n%indexWindow/64] &^= 1 << (n % 64)
		}
		i.highest = index
	}
	return index, i.use(index)
}

// use marks an index in the window and reports whether it was not marked.
func (i *Index) use(index uint64) bool {
	word, bit := &i.used[index%indexWindow/64], uint64(1)<<(index%64)
	fresh := *word&bit == 0
	*word |= bit
	return fresh
}

// NewOpener opens what the other side sends; window is how far packets may come out of order.
func NewOpener(k Keys, window uint) (*srtp.Context, error) {
	return srtp.CreateContext(k.RemoteMasterKey, k.RemoteMasterSalt, k.Profile,
		srtp.SRTPReplayProtection(window), srtp.SRTCPReplayProtection(window))
}
