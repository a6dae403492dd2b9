package pemfile

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// recheck is how often the certificate's file is looked at, and so how long after a renewal the old one is served.
const recheck = time.Minute

// Pair is a certificate that is renewed on disk now and then.
type Pair struct {
	certFile, keyFile string
	log               *slog.Logger

	mu       sync.Mutex // guards the fields below
	cert     *tls.Certificate
	modified time.Time
	checked  time.Time
}

// OpenPair reads the files of a certificate and its key.
func OpenPair(certFile, keyFile string, log *slog.Logger) (*Pair, error) {
	k := &Pair{certFile: certFile, keyFile: keyFile, log: log}
	return k, k.loadLocked()
}

func (k *Pair) loadLocked() error {
	info, err := os.Stat(k.certFile)
	if err != nil {
		return err
	}
	k.modified, k.checked = info.ModTime(), time.Now() // first, so that a broken file is complained about once
	cert, err := tls.LoadX509KeyPair(k.certFile, k.keyFile)
	if err != nil {
		return err
	}
	k.cert = &cert
	return nil
}

// Get is a tls.Config's GetCertificate. A new file that cannot be used leaves the old certificate in place.
func (k *Pair) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.checked) < recheck {
		return k.cert, nil
	}
	k.checked = time.Now()
	if info, err := os.Stat(k.certFile); err == nil && !info.ModTime().Equal(k.modified) {
		if err := k.loadLocked(); err != nil {
			k.log.Error("new certificate not usable, the old one stays", "err", err)
		} else {
			k.log.Info("new certificate loaded")
		}
	}
	return k.cert, nil
}
