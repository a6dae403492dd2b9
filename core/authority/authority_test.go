package authority

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gotera/gotera/configs/pemfile"
)

var quiet = slog.New(slog.DiscardHandler)

const uuid = "b707e0b2-e649-47e7-a938-2b949c423f73"

func request(t *testing.T, key crypto.Signer, extra ...pkix.Extension) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "Participant"}, ExtraExtensions: extra, DNSNames: []string{"core.example.org"},
	}, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
}

func parse(t *testing.T, text string) *x509.Certificate {
	t.Helper()
	block, rest := pem.Decode([]byte(text))
	if block == nil || len(rest) > 0 {
		t.Fatalf("not one PEM block: %q", text)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// checkDevice verifies the certificate as a proxy does.
func checkDevice(t *testing.T, certificate, ca string) *x509.Certificate {
	t.Helper()
	cert, pool := parse(t, certificate), x509.NewCertPool()
	pool.AddCert(parse(t, ca))
	if _, err := cert.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Errorf("verify: %v", err)
	}
	var name pkix.RDNSequence
	if _, err := asn1.Unmarshal(cert.RawSubject, &name); err != nil {
		t.Fatal(err)
	}
	if len(name) != 2 || name[0][0].Value != "Device" || name[1][0].Value != uuid || !name[1][0].Type.Equal(userID) {
		t.Errorf("subject: got %v, want the common name, then the user id", name)
	}
	if left := time.Until(cert.NotAfter); left < 3649*24*time.Hour || left > 3651*24*time.Hour {
		t.Errorf("ends in %s, want 3650 days", left)
	}
	return cert
}

func TestMadeAtFirstUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	a := New(filepath.Join(dir, "ca.pem"), filepath.Join(dir, "ca.key"), quiet)
	certificate, ca, err := a.Sign(request(t, newKey(t)), uuid)
	if err != nil {
		t.Fatal(err)
	}
	checkDevice(t, certificate, ca)
	info, err := os.Stat(filepath.Join(dir, "ca.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: got %v %v, want mode 0600", info, err)
	}
	_, again, err := New(a.CertFile(), filepath.Join(dir, "ca.key"), quiet).Sign(request(t, newKey(t)), uuid)
	if err != nil || again != ca {
		t.Errorf("after a restart: got another authority (%v)", err)
	}
}

// The files of an OpenTera site: RSA, PKCS #1, no key usage in the certificate.
func TestOpenTeraFiles(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "site"}, NotAfter: time.Now().AddDate(10, 0, 0), BasicConstraintsValid: true, IsCA: true,
	}
	template.SerialNumber, _ = newSerial()
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "ca_cert.pem"), filepath.Join(dir, "ca_key.pem")
	if err := errors.Join(pemfile.Write(certFile, "CERTIFICATE", der), pemfile.Write(keyFile, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))); err != nil {
		t.Fatal(err)
	}
	certificate, ca, err := New(certFile, keyFile, quiet).Sign(request(t, newKey(t)), uuid)
	if err != nil {
		t.Fatal(err)
	}
	checkDevice(t, certificate, ca)
}

// What a request asks for besides its key is not granted: neither a name nor being an authority.
func TestExtensionsAreNotCopied(t *testing.T) {
	dir := t.TempDir()
	a := New(filepath.Join(dir, "ca.pem"), filepath.Join(dir, "ca.key"), quiet)
	isCA, err := asn1.Marshal(struct{ IsCA bool }{true})
	if err != nil {
		t.Fatal(err)
	}
	certificate, ca, err := a.Sign(request(t, newKey(t), pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 19}, Critical: true, Value: isCA}), uuid)
	if err != nil {
		t.Fatal(err)
	}
	if cert := checkDevice(t, certificate, ca); cert.IsCA || len(cert.DNSNames) > 0 {
		t.Errorf("got IsCA %t and names %v, want neither", cert.IsCA, cert.DNSNames)
	}
}

func TestBadRequests(t *testing.T) {
	dir := t.TempDir()
	a := New(filepath.Join(dir, "ca.pem"), filepath.Join(dir, "ca.key"), quiet)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(request(t, newKey(t)))
	block.Bytes[len(block.Bytes)-1] ^= 1
	for name, tt := range map[string]struct {
		request []byte
		want    error
	}{
		"empty":            {nil, ErrRequest},
		"text":             {[]byte("hello"), ErrRequest},
		"no request":       {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: []byte("x")}), ErrRequest},
		"short key":        {request(t, small), ErrRequest},
		"broken signature": {pem.EncodeToMemory(block), ErrSignature},
	} {
		if _, _, err := a.Sign(tt.request, uuid); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", name, err, tt.want)
		}
	}
}

// Half a pair is never replaced: the other half may sign somewhere else.
func TestBrokenPairIsKept(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "ca.key")
	if err := os.WriteFile(keyFile, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := New(certFile, keyFile, quiet).Open(); err == nil {
		t.Error("got an authority out of a key without a certificate")
	}
	if raw, err := os.ReadFile(keyFile); err != nil || string(raw) != "mine" {
		t.Errorf("the key file is now %q (%v)", raw, err)
	}
}
