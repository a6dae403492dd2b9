package pemfile

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	generate := func(name string) (keyDER, certDER []byte) {
		t.Helper()
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return pkcs8, der
	}
	write := func(path, kind string, der []byte) {
		t.Helper()
		if err := Write(path, kind, der); err != nil {
			t.Fatal(err)
		}
	}
	issue := func(name string) {
		t.Helper()
		key, cert := generate(name)
		write(keyFile, "PRIVATE KEY", key)
		write(certFile, "CERTIFICATE", cert)
	}
	issue("a")
	k, err := OpenPair(certFile, keyFile, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	name := func() string {
		k.checked = time.Time{}
		cert, err := k.Get(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		return cert.Leaf.DNSNames[0]
	}
	later := time.Now()
	touch := func() {
		later = later.Add(time.Minute)
		if err := os.Chtimes(certFile, later, later); err != nil {
			t.Fatal(err)
		}
	}
	if got := name(); got != "a" {
		t.Fatalf("got %s, want a", got)
	}
	issue("b")
	touch()
	if got := name(); got != "b" {
		t.Errorf("after a renewal: got %s, want b", got)
	}
	// A renewal in two steps: the certificate, later its key.
	key, cert := generate("c")
	write(certFile, "CERTIFICATE", cert)
	touch()
	if got := name(); got != "b" {
		t.Errorf("between certificate and key: got %s, want b", got)
	}
	write(keyFile, "PRIVATE KEY", key)
	if got := name(); got != "c" {
		t.Errorf("after the key: got %s, want c", got)
	}
	if err := os.WriteFile(certFile, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	touch()
	if got := name(); got != "c" {
		t.Errorf("after a broken renewal: got %s, want c", got)
	}
}
