// Package authority is the certificate authority that signs the certificates of devices (core.md 3.10): OpenTera's own
// when a site has one, else one that is made at the first need. Start at Authority.
package authority

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gotera/gotera/configs"
)

// deviceDays is how long a device's certificate is good.
const deviceDays = 3650

var (
	// ErrRequest: no certificate signing request in PEM, or one with a key that is refused.
	ErrRequest = errors.New("invalid certificate signing request")
	// ErrSignature: the request is not signed with the key that it names.
	ErrSignature = errors.New("invalid signature of the certificate signing request")
)

// Authority signs with the pair of files that it was made for. It reads or makes them at the first use.
type Authority struct {
	certFile, keyFile string
	log               *slog.Logger

	mu   sync.Mutex // guards the fields below
	cert *x509.Certificate
	key  crypto.Signer
}

// New returns the authority of these PEM files.
func New(certFile, keyFile string, log *slog.Logger) *Authority {
	return &Authority{certFile: certFile, keyFile: keyFile, log: log}
}

// Configured is the authority that a site's configuration names.
func Configured(s configs.Server, log *slog.Logger) *Authority {
	return New(inDirectory(s.SSLPath, s.CACertificate), inDirectory(s.SSLPath, s.CAPrivateKey), log)
}

func inDirectory(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// CertFile is the PEM file of the authority's certificate; a proxy verifies devices with it. It exists after Open.
func (a *Authority) CertFile() string { return a.certFile }

// Open reads the files, or makes them when neither is there.
func (a *Authority) Open() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.openLocked()
}

func (a *Authority) openLocked() error {
	if a.cert != nil {
		return nil
	}
	cert, key, err := load(a.certFile, a.keyFile)
	if errors.Is(err, os.ErrNotExist) && !exists(a.certFile) && !exists(a.keyFile) {
		if cert, key, err = create(a.certFile, a.keyFile); err == nil {
			a.log.Warn("there was no certificate authority for devices; made one, which the proxy must know", "file", a.certFile)
		}
	}
	if err != nil {
		return fmt.Errorf("certificate authority: %w", err)
	}
	a.cert, a.key = cert, key
	return nil
}

func exists(path string) bool { _, err := os.Stat(path); return !errors.Is(err, os.ErrNotExist) }

// Sign makes a certificate for the key of request, a PEM certificate signing request, in the name of a device. Nothing
// else of the request is taken over: OpenTera copies its extensions, by which a device could make itself an authority.
func (a *Authority) Sign(request []byte, deviceUUID string) (certificate, ca string, err error) {
	block, _ := pem.Decode(request)
	if block == nil {
		return "", "", ErrRequest
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil || !acceptable(csr.PublicKey) {
		return "", "", ErrRequest
	}
	if csr.CheckSignature() != nil {
		return "", "", ErrSignature
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.openLocked(); err != nil {
		return "", "", err
	}
	serial, err := newSerial()
	if err != nil {
		return "", "", err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial,
		Subject: pkix.Name{CommonName: "Device", ExtraNames: []pkix.AttributeTypeAndValue{
			{Type: userID, Value: deviceUUID}, // after the CN: proxies write names last part first
		}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 0, deviceDays),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}, a.cert, csr.PublicKey, a.key)
	if err != nil {
		return "", "", fmt.Errorf("sign a device's certificate: %w", err)
	}
	return encode(der), encode(a.cert.Raw), nil
}

var userID = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1} // RFC 4519, section 2.39

func encode(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func newSerial() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
}
