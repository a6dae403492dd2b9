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

	mu      sync.Mutex // guards the fields below
	cert    *tls.Certificate
	loaded  version   // of cert
	checked time.Time // when the files were looked at
	told    string    // the last complaint
}

// version tells whether files have changed.
type version struct{ cert, key stamp }

type stamp struct {
	modified time.Time
	size     int64
}

// OpenPair reads the files of a certificate and its key.
func OpenPair(certFile, keyFile string, log *slog.Logger) (*Pair, error) {
	k := &Pair{certFile: certFile, keyFile: keyFile, log: log}
	_, err := k.loadLocked()
	return k, err
}

// loadLocked reads the files if they have changed since they were of use, and reports whether they had. A renewal replaces
// one after the other: what does not fit together yet is read again next time.
func (k *Pair) loadLocked() (changed bool, err error) {
	k.checked = time.Now()
	now, err := k.versions()
	if err != nil || now == k.loaded {
		return false, err
	}
	cert, err := tls.LoadX509KeyPair(k.certFile, k.keyFile)
	if err != nil {
		return false, err
	}
	k.cert, k.loaded = &cert, now
	return true, nil
}

func (k *Pair) versions() (v version, err error) {
	for path, s := range map[string]*stamp{k.certFile: &v.cert, k.keyFile: &v.key} {
		info, err := os.Stat(path)
		if err != nil {
			return v, err
		}
		*s = stamp{info.ModTime().Round(0), info.Size()}
	}
	return v, nil
}

// Get is a tls.Config's GetCertificate. New files that cannot be used leave the old certificate in place.
func (k *Pair) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.checked) < recheck {
		return k.cert, nil
	}
	switch changed, err := k.loadLocked(); {
	case changed:
		k.told = ""
		k.log.Info("new certificate loaded", "expires", k.cert.Leaf.NotAfter)
	case err != nil && err.Error() != k.told:
		k.told = err.Error()
		k.log.Error("new certificate not usable, the old one stays", "err", err)
	}
	return k.cert, nil
}
