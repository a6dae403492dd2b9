package ingress

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gotera/gotera/configs/pemfile"
)

const (
	caYears    = 10
	siteDays   = 365                 // browsers refuse more than 398
	renewAhead = 30 * 24 * time.Hour // made again when less than this is left
)

// authority is a certificate with the key that signs with it.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// LocalCertificate returns the files of a certificate for hosts (names or IP addresses), signed by a CA of its own that
// people can add to their browser: ca_cert.pem in dir. What is missing, about to expire or for other hosts is made
// anew; the CA is kept for ten years. The files are readable by their owner alone.
func LocalCertificate(dir string, hosts ...string) (certFile, keyFile string, err error) {
	certFile, keyFile = filepath.Join(dir, "site_cert.pem"), filepath.Join(dir, "site_key.pem")
	if hosts = uniqueHosts(hosts); len(hosts) == 0 {
		return "", "", fmt.Errorf("local certificate: no host")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", "", err
	}
	ca, err := localCA(dir)
	if err != nil {
		return "", "", fmt.Errorf("local CA: %w", err)
	}
	if site, err := loadPair(certFile, keyFile); err == nil && ca.covers(site.cert, hosts) {
		return certFile, keyFile, nil
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{Organization: []string{"gotera"}, CommonName: hosts[0]},
		NotAfter:    time.Now().AddDate(0, 0, siteDays),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	if _, err := issue(template, ca, certFile, keyFile); err != nil {
		return "", "", fmt.Errorf("local certificate: %w", err)
	}
	return certFile, keyFile, nil
}

// localCA loads the CA, or makes a new one.
func localCA(dir string) (*authority, error) {
	certFile, keyFile := filepath.Join(dir, "ca_cert.pem"), filepath.Join(dir, "ca_key.pem")
	if ca, err := loadPair(certFile, keyFile); err == nil && ca.cert.IsCA && time.Until(ca.cert.NotAfter) > renewAhead {
		return ca, nil
	}
	host, err := os.Hostname()
	if err != nil {
		host = "local"
	}
	return issue(&x509.Certificate{
		Subject:               pkix.Name{Organization: []string{"gotera"}, CommonName: "gotera local CA on " + host},
		NotAfter:              time.Now().AddDate(caYears, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}, nil, certFile, keyFile)
}

// covers reports whether site is signed by ca, for exactly hosts, for a while yet.
func (ca *authority) covers(site *x509.Certificate, hosts []string) bool {
	has := slices.Clone(site.DNSNames)
	for _, ip := range site.IPAddresses {
		has = append(has, ip.String())
	}
	slices.Sort(has)
	return site.CheckSignatureFrom(ca.cert) == nil && time.Until(site.NotAfter) > renewAhead &&
		slices.Equal(has, slices.Sorted(slices.Values(hosts)))
}

// issue completes template, signs it with ca (nil: with itself) and writes both files, the key first.
func issue(template *x509.Certificate, ca *authority, certFile, keyFile string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return nil, err
	}
	template.NotBefore = time.Now().Add(-time.Hour) // clients' clocks differ
	if ca == nil {
		ca = &authority{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, key.Public(), ca.key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := pemfile.Write(keyFile, "PRIVATE KEY", pkcs8); err != nil {
		return nil, err
	}
	return &authority{cert, key}, pemfile.Write(certFile, "CERTIFICATE", der)
}

// loadPair reads what issue wrote. A key that belongs to another certificate is an error.
func loadPair(certFile, keyFile string) (*authority, error) {
	certDER, err := pemfile.Read(certFile)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(certDER)
	if err != nil {
		return nil, err
	}
	keyDER, err := pemfile.Read(keyFile)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(keyDER)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(cert.PublicKey) {
		return nil, fmt.Errorf("%s is not the key of %s", keyFile, certFile)
	}
	return &authority{cert, key}, nil
}

// uniqueHosts is hosts in lower case, addresses in their usual form, each once, in order.
func uniqueHosts(hosts []string) (unique []string) {
	for _, h := range hosts {
		h = strings.ToLower(strings.Trim(h, "[]"))
		if ip := net.ParseIP(h); ip != nil {
			h = ip.String()
		}
		if h != "" && !slices.Contains(unique, h) {
			unique = append(unique, h)
		}
	}
	return unique
}
