package ingress

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestLocalCertificateIsTrustedThroughItsCA(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	certFile, keyFile, err := LocalCertificate(dir, "Tele.example.org", "localhost", "127.0.0.1", "::1", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := loadPair(filepath.Join(dir, "ca_cert.pem"), filepath.Join(dir, "ca_key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	for host, good := range map[string]bool{"tele.example.org": true, "localhost": true, "127.0.0.1": true, "::1": true, "other": false} {
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: host}); (err == nil) != good {
			t.Errorf("%s: got %v, want valid: %v", host, err, good)
		}
	}
	if days := time.Until(pair.Leaf.NotAfter).Hours() / 24; days < 360 || days > 398 {
		t.Errorf("the site's certificate lasts %.0f days, want a year", days)
	}
	if years := time.Until(ca.cert.NotAfter).Hours() / 24 / 365; years < 9.9 || years > 10.1 {
		t.Errorf("the CA lasts %.1f years, want 10", years)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 4 {
		t.Errorf("files: %v, %v, want 4", files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v, want mode 0600", f, info.Mode(), err)
		}
	}
}

func TestLocalCertificateIsMadeAgainWhenItHasTo(t *testing.T) {
	for _, tt := range []struct {
		name     string
		hosts    []string
		change   func(t *testing.T, dir string)
		ca, site bool // made again
	}{
		{"nothing changed", []string{"127.0.0.1", "A", "a"}, func(*testing.T, string) {}, false, false},
		{"another host", []string{"a", "b"}, func(*testing.T, string) {}, false, true},
		{"one host less", []string{"a"}, func(*testing.T, string) {}, false, true},
		{"the site's about to expire", []string{"a", "127.0.0.1"}, func(t *testing.T, dir string) { shorten(t, dir, "site") }, false, true},
		{"the CA's about to expire", []string{"a", "127.0.0.1"}, func(t *testing.T, dir string) { shorten(t, dir, "ca") }, true, true},
		{"key lost", []string{"a", "127.0.0.1"}, func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "site_key.pem")) }, false, true},
		{"garbage", []string{"a", "127.0.0.1"}, func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "ca_cert.pem"), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, true, true},
		{"the key of another", []string{"a", "127.0.0.1"}, func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, "ca_key.pem"), filepath.Join(dir, "site_key.pem")); err != nil {
				t.Fatal(err)
			}
		}, true, true},
	} {
		dir := t.TempDir()
		certFile, _, err := LocalCertificate(dir, "a", "127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		tt.change(t, dir)
		caFile := filepath.Join(dir, "ca_cert.pem")
		site, ca := read(t, certFile), read(t, caFile)
		if _, _, err := LocalCertificate(dir, tt.hosts...); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if again := !bytes.Equal(site, read(t, certFile)); again != tt.site {
			t.Errorf("%s: site made again: %v, want %v", tt.name, again, tt.site)
		}
		if again := !bytes.Equal(ca, read(t, caFile)); again != tt.ca {
			t.Errorf("%s: CA made again: %v, want %v", tt.name, again, tt.ca)
		}
	}
	if _, _, err := LocalCertificate(t.TempDir()); err == nil {
		t.Error("a certificate for no host")
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// shorten replaces a certificate by one of the same names that ends in a week.
func shorten(t *testing.T, dir, name string) {
	t.Helper()
	ca, err := loadPair(filepath.Join(dir, "ca_cert.pem"), filepath.Join(dir, "ca_key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile := filepath.Join(dir, name+"_cert.pem"), filepath.Join(dir, name+"_key.pem")
	old, err := loadPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if name == "ca" {
		ca = nil
	}
	template := *old.cert
	template.NotAfter, template.PublicKey = time.Now().AddDate(0, 0, 7), nil
	if _, err := issue(&template, ca, certFile, keyFile); err != nil {
		t.Fatal(err)
	}
}

// TestDeviceCertificates: the subject has to arrive in the text form that the core reads a UUID from (core.md 3.10).
func TestDeviceCertificates(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front, up *upstreams) {
		dir := filepath.Dir(f.cfg.CertFile)
		ca, err := loadPair(filepath.Join(dir, "ca_cert.pem"), filepath.Join(dir, "ca_key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		const uuid = "0c2cf9a6-5d5a-4c7a-9c3a-0a6fd1e0a111"
		uid := asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}
		device := func(ca *authority) tls.Certificate {
			made, err := issue(&x509.Certificate{
				Subject: pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{
					{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "Device"},
					{Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Value: `Lab, "3D" + co`},
					{Type: uid, Value: uuid},
				}},
				NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
				ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
			}, ca, filepath.Join(dir, "d_cert.pem"), filepath.Join(dir, "d_key.pem"))
			if err != nil {
				t.Fatal(err)
			}
			return tls.Certificate{Certificate: [][]byte{made.cert.Raw}, PrivateKey: made.key}
		}
		evil := map[string][]string{"X-SSL-CLIENT-DN": {"UID=evil,CN=Device"}, "X-SSL-VERIFIED": {"SUCCESS"}}
		for path, certified := range map[string]bool{"/api/device/login": true, "/rehab/": false} {
			_, body := get(t, f.client(t, false, device(ca)), "GET", "https://"+f.addr+path, evil, nil)
			var got seen
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Fatalf("%v in %s", err, body)
			}
			want := []string{"", "", ""}
			if certified {
				want = []string{"SUCCESS", "UID=" + uuid + `,O=Lab\, \"3D\" \+ co,CN=Device`, "CN=" + ca.cert.Subject.CommonName + ",O=gotera"}
			}
			for i, name := range []string{"X-Ssl-Verified", "X-Ssl-Client-Dn", "X-Ssl-Issuer-Dn"} {
				if v := got.Header.Get(name); v != want[i] {
					t.Errorf("%s: %s is %q, want %q", path, name, v, want[i])
				}
			}
		}
		// One of another CA does not pass: nginx says 400, the ingress ends the handshake.
		res, err := f.client(t, false, device(nil)).Get("https://" + f.addr + "/api/device/login")
		if err == nil {
			res.Body.Close()
			if res.StatusCode != 400 {
				t.Errorf("certificate of another CA: got %s", res.Status)
			}
		}
	})
}

func TestDistinguishedName(t *testing.T) {
	for value, want := range map[string]string{
		" a ": `\ a\ `, "#a#": `\#a#`, `a\b;c<d>`: `a\\b\;c\<d\>`, "é": `\C3\A9`, "a\r\nX: y": `a\0D\0AX: y`,
	} {
		der, err := asn1.Marshal(pkix.RDNSequence{{{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: value}}, {{Type: asn1.ObjectIdentifier{1, 2, 3}, Value: "x"}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := distinguishedName(der); got != "1.2.3=x,CN="+want {
			t.Errorf("%q: got %s, want 1.2.3=x,CN=%s", value, got, want)
		}
	}
	if got := distinguishedName([]byte("x")); got != "" {
		t.Errorf("not DER: got %q", got)
	}
}
