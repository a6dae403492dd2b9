package ingress

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	deviceca "github.com/gotera/gotera/core/authority"
	"github.com/gotera/gotera/core/server"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// A device registers over the front with a signing request, and logs in with the certificate that it got, and with nothing
// else: not by headers that it makes up, and not with a certificate of another authority.
func TestDeviceLogsInWithItsCertificate(t *testing.T) {
	for _, start := range []func(*testing.T, Config) *front{startIngress, startNginx} {
		var cfg Config
		cfg, ca := certified(t, Config{Listen: "127.0.0.1:0", ExternalPort: 40075})
		core := servertest.Start(t, storetest.SQLite(t), func(c *server.Config) {
			c.Core.Server.SSLPath, c.Core.Server.ClientCertificates = filepath.Dir(cfg.ClientCAFile), true
		})
		cfg.Core = core.Started.Addr
		f := start(t, cfg)
		f.ca, f.cfg = ca, cfg
		t.Run(f.name, func(t *testing.T) { deviceJourney(t, f, core) })
	}
}

func deviceJourney(t *testing.T, f *front, core *servertest.Server) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := core.Store.Setting(t.Context(), store.SettingDeviceRegisterKey)
	if err != nil {
		t.Fatal(err)
	}
	request := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
	path := "/api/device/register?" + url.Values{"key": {secret}, "name": {"Robot"}, "type_key": {"robot"}}.Encode()
	res, err := f.client(t, false).Post("https://"+f.addr+path, "application/octet-stream", strings.NewReader(request))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var registered struct {
		Certificate string `json:"device_certificate"`
		UUID        string `json:"device_uuid"`
	}
	if err := json.NewDecoder(res.Body).Decode(&registered); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("register: got %d %v", res.StatusCode, err)
	}
	own := keyPairOf(t, registered.Certificate, key)
	elsewhere := filepath.Join(t.TempDir(), "ca")
	forged, _, err := deviceca.New(elsewhere+".pem", elsewhere+".key", slog.New(slog.DiscardHandler)).Sign([]byte(request), registered.UUID)
	if err != nil {
		t.Fatal(err)
	}
	headers := map[string]string{
		"X-SSL-VERIFIED": "SUCCESS", "X-SSL-CLIENT-DN": "UID=" + registered.UUID + ",CN=Device",
		"X_SSL_VERIFIED": "SUCCESS", "X_SSL_CLIENT_DN": "UID=" + registered.UUID + ",CN=Device",
		"X-Device-UUID": registered.UUID, "X_Device_UUID": registered.UUID,
	}
	login := func(client *http.Client, headers map[string]string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+f.addr+"/api/device/login", nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range headers {
			r.Header[name] = []string{v}
		}
		res, err := client.Do(r)
		if err != nil {
			return 0 // the handshake was refused
		}
		res.Body.Close()
		return res.StatusCode
	}
	if got := login(f.client(t, false, own), nil); got != http.StatusUnauthorized {
		t.Errorf("before it is enabled: got %d, want 401", got)
	}
	d, err := core.Store.DeviceByUUID(t.Context(), registered.UUID)
	if err != nil {
		t.Fatal(err)
	}
	servertest.Change[store.Device](t, core, d.ID, store.Object{"device_enabled": true})
	for _, http2 := range []bool{false, true} {
		if got := login(f.client(t, http2, own), nil); got != http.StatusOK {
			t.Errorf("with its certificate (HTTP/2 %t): got %d, want 200", http2, got)
		}
	}
	if got := login(f.client(t, false), headers); got != http.StatusUnauthorized {
		t.Errorf("without a certificate, by headers: got %d, want 401", got)
	}
	if got := login(f.client(t, false, keyPairOf(t, forged, key)), headers); got == http.StatusOK {
		t.Errorf("with a certificate of another authority: got %d", got)
	}
}

func keyPairOf(t *testing.T, certificate string, key *ecdsa.PrivateKey) tls.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(certificate))
	if block == nil {
		t.Fatalf("got the certificate %q", certificate)
	}
	return tls.Certificate{Certificate: [][]byte{block.Bytes}, PrivateKey: key}
}
