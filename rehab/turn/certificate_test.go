package turn

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotera/gotera/configs/pemfile"
	"github.com/gotera/gotera/proto/porttest"
)

// A certificate that is not there, or of no use, when the server starts opens the front as soon as it is; calls by other ways
// go on meanwhile.
func TestCertificateAppearsLater(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	p := newPlace(t, 1, func(c *Config) {
		c.TLSPort, c.CertFile, c.KeyFile = porttest.Take(t, 1), cert, key
		c.limits.retry = 100 * time.Millisecond
	})
	st := p.await("the reason", func(st Status) bool { return st.Closed[FrontTLS] != "" })
	if st.Open[FrontTLS] || !strings.Contains(st.Closed[FrontTLS], "certificate") || !strings.Contains(p.log.String(), "front=tls") {
		t.Errorf("%+v\n%s", st, p.log.String())
	}
	end := p.stream(0)
	issue(t, cert, filepath.Join(dir, "other.pem"), "first")
	issue(t, filepath.Join(dir, "other.cert"), key, "other") // does not belong to it
	p.await("another reason", func(st Status) bool { return strings.Contains(st.Closed[FrontTLS], "private key") })
	issue(t, cert, key, "first")
	st = p.await("the front", func(st Status) bool { return st.Open[FrontTLS] })
	if len(st.Closed) != 0 {
		t.Errorf("closed: %v", st.Closed)
	}
	conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.cfg.TLSPort), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	user, password := p.grant(0, "a", time.Minute)
	p.call(p.client(conn, user, password), 0)
	end()
}

// issue makes a certificate and its key.
func issue(t *testing.T, cert, key, name string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string][]byte{cert: der, key: pkcs8} {
		if err := pemfile.Write(path, map[bool]string{true: "CERTIFICATE", false: "PRIVATE KEY"}[path == cert], block); err != nil {
			t.Fatal(err)
		}
	}
}
