package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func registerKey(t *testing.T, s *servertest.Server) string {
	t.Helper()
	key, err := s.Store.Setting(t.Context(), store.SettingDeviceRegisterKey)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signingRequest(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "robot"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

func TestDeviceRegister(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		key := registerKey(t, s)
		path := func(args ...string) string { return servertest.Query("/api/device/register", args...) }
		a := s.Get(t, path("key", key, "name", "New robot", "type_key", "brand new", "subtype_name", "small", "onlineable", "true"))
		o := a.Object()
		if a.Status != 200 || o["device_name"] != "New robot" || o["device_enabled"] != false || o["id_device"] != nil || o["id_device_type"] != nil {
			t.Fatalf("token: got %d %s", a.Status, a.Text)
		}
		tok, _ := o["device_token"].(string)
		d, err := s.Store.DeviceByToken(t.Context(), tok)
		if err != nil || !d.Onlineable || d.SubtypeID == nil {
			t.Fatalf("registered device: got %+v %v", d, err)
		}
		kind := servertest.Row[store.DeviceType](t, s, d.TypeID)
		if kind.Key != "brand new" || kind.Name != "brand new" {
			t.Errorf("new device type: got %+v", kind)
		}
		if a := s.Get(t, "/api/device/login", servertest.Token(tok)); a.Status != 401 {
			t.Errorf("login before an administrator enables it: got %d, want 401", a.Status)
		}
		if a := s.Get(t, path("key", key, "name", "Second", "type_key", "brand new", "subtype_name", "small")); a.Status != 200 {
			t.Fatalf("second device: got %d %s", a.Status, a.Text)
		} else if second, err := s.Store.DeviceByToken(t.Context(), a.Object()["device_token"].(string)); err != nil || second.TypeID != d.TypeID || *second.SubtypeID != *d.SubtypeID {
			t.Errorf("second device: got %+v %v, want the same type and subtype", second, err)
		}

		full := path("key", key, "name", "Kiosk", "type_key", "capteur")
		a = s.Do(t, http.MethodPost, full, "application/octet-stream", signingRequest(t))
		o = a.Object()
		certificate, _ := o["device_certificate"].(string)
		if a.Status != 200 || !strings.Contains(certificate, "BEGIN CERTIFICATE") || o["ca_info"] == nil || o["device_token"] == nil {
			t.Fatalf("certificate: got %d %s", a.Status, a.Text)
		}
		uuid, _ := o["device_uuid"].(string)
		if d, err := s.Store.DeviceByUUID(t.Context(), uuid); err != nil || d.Certificate == nil || *d.Certificate != certificate || d.Enabled {
			t.Errorf("device with a certificate: got %+v %v", d, err)
		}
		block, _ := pem.Decode([]byte(certificate))
		if cert, err := x509.ParseCertificate(block.Bytes); err != nil || cert.Subject.CommonName != "Device" {
			t.Errorf("certificate: got %v %v", cert, err)
		}

		before := devices(t, s)
		for _, tt := range []struct {
			name, method, path, contentType, body string
			want                                  int
		}{
			{"nothing", "GET", path(), "", "", 400},
			{"wrong key", "GET", path("key", "x", "name", "x", "type_key", "x"), "", "", 401},
			{"empty key", "GET", path("key", "", "name", "x", "type_key", "x"), "", "", 401},
			{"no name", "GET", path("key", key, "type_key", "x"), "", "", 400},
			{"long name", "GET", path("key", key, "type_key", "x", "name", strings.Repeat("x", 300)), "", "", 400},
			{"unknown argument", "GET", path("key", key, "name", "x", "type_key", "x", "device_enabled", "true"), "", "", 400},
			{"wrong key by post", "POST", path("key", "x", "name", "x", "type_key", "x"), "application/octet-stream", signingRequest(t), 401},
			{"another content type", "POST", full, "application/x-pem-file", signingRequest(t), 400},
			{"content type with parameter", "POST", full, "application/octet-stream; charset=utf-8", signingRequest(t), 400},
			{"no body", "POST", full, "application/octet-stream", "", 400},
			{"no request", "POST", full, "application/octet-stream", "hello", 400},
			{"a certificate", "POST", full, "application/octet-stream", certificate, 400},
		} {
			if a := s.Do(t, tt.method, tt.path, tt.contentType, tt.body); a.Status != tt.want {
				t.Errorf("%s: got %d %s, want %d", tt.name, a.Status, a.Text, tt.want)
			}
		}
		if got := devices(t, s); got != before {
			t.Errorf("refused requests made %d devices", got-before)
		}
	})
}

func devices(t *testing.T, s *servertest.Server) int {
	t.Helper()
	return len(s.Get(t, "/api/user/devices?list=true", s.User(t, "admin")).List())
}

// Outside of test mode an address may register one device per second; other addresses do not wait for it.
func TestDeviceRegisterRate(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t), func(c *server.Config) { c.Tests = false })
	from := func(address string) servertest.Answer {
		return s.Get(t, "/api/device/register?key=x&name=x&type_key=x", servertest.Header("X-Forwarded-For", address))
	}
	if a := from("192.0.2.1"); a.Status != 401 {
		t.Fatalf("first: got %d %s", a.Status, a.Text)
	}
	if a := from("192.0.2.1"); a.Status != 429 || a.Object()["message"] != "Rate Limited" || a.Header.Get("Retry-After") != "1" {
		t.Errorf("second: got %d %s", a.Status, a.Text)
	}
	if a := from("192.0.2.2"); a.Status != 401 {
		t.Errorf("another address: got %d, want 401", a.Status)
	}
}
