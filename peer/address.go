package peer

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// socketURL is the websocket of a session page: /webrtc/<port>/devices is at /websocket/<port>/devices (which the proxy
// upgrades), with the same query. A URL without /webrtc/ leads to the room itself, which takes both on one path.
func socketURL(page string) (string, error) {
	u, err := url.Parse(page)
	if err != nil {
		return "", errors.New("the session URL cannot be read") // the error of Parse quotes it, key and all
	}
	switch u.Scheme {
	case "https", "wss":
		u.Scheme = "wss"
	case "http", "ws":
		u.Scheme = "ws"
	default:
		return "", errors.New("the session URL does not begin with https:// or http://")
	}
	if u.Host == "" || u.Query().Get("key") == "" {
		return "", errors.New("the session URL has no host or no key")
	}
	u.Path = strings.Replace(u.Path, "/webrtc/", "/websocket/", 1)
	u.Fragment = ""
	return u.String(), nil
}

// tlsConfig trusts what the options say.
func tlsConfig(o Options) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: o.Insecure} //nolint:gosec // asked for by the caller
	if o.CAFile == "" {
		return c, nil
	}
	pem, err := os.ReadFile(o.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read certificate authority: %w", err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no PEM certificate", o.CAFile)
	}
	return c, nil
}
