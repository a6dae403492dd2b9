package configs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaultsAreValid(t *testing.T) {
	c, err := LoadCore("")
	if err != nil {
		t.Fatal(err)
	}
	if c.Server.Port != 4040 || c.Database.Type != "sqlite" {
		t.Errorf("core defaults: %+v", c)
	}
	r, err := LoadRehab("")
	if err != nil {
		t.Fatal(err)
	}
	if r.WebRTC.LocalBasePort != 8080 || r.WebRTC.MaxSessions != 50 || r.Backend.URL() != "https://127.0.0.1:40075" {
		t.Errorf("rehab defaults: %+v", r)
	}
}

// The shapes of the files that OpenTera sites have (core.md 11.3, rehab.md 1).
func TestOpenTeraFilesLoad(t *testing.T) {
	core := `{"Server":{"name":"My Server","hostname":"tera.example","port":4040,"use_ssl":false,"ssl_path":"certificates",
		"site_certificate":"site_cert.pem","site_private_key":"site_key.pem","ca_certificate":"ca_cert.pem","ca_private_key":"ca_key.pem",
		"upload_path":"uploads","debug_mode":false,"enable_docs":true},
		"Database":{"db_type":"QPSQL","name":"opentera","url":"localhost","port":5432,"username":"teraagent","password":"tera"},
		"Redis":{"hostname":"localhost","port":6379,"db":0,"username":"","password":""}}`
	c, err := LoadCore(write(t, core))
	if err != nil {
		t.Fatal(err)
	}
	if c.Database.Type != "QPSQL" || c.Database.URL != "localhost" || c.Server.ListenAddress != "127.0.0.1" {
		t.Errorf("core: %+v", c)
	}
	// TeraServer does not ask for the type: it always uses PostgreSQL.
	for text, want := range map[string]string{
		strings.Replace(core, `"db_type":"QPSQL",`, "", 1): "QPSQL", `{"Database":{"name":"x.db"}}`: "sqlite", `{"Database":{"db_type":"sqlite","url":""}}`: "sqlite", `{}`: "sqlite",
	} {
		if c, err := LoadCore(write(t, text)); err != nil || c.Database.Type != want {
			t.Errorf("%s: got type %q, %v, want %q", text, c.Database.Type, err, want)
		}
	}
	rehab := `{"Service":{"name":"VideoRehabService","hostname":"127.0.0.1","port":4070,"debug_mode":false},
		"Backend":{"hostname":"127.0.0.1","port":40075},"Redis":{"hostname":"127.0.0.1","port":6379,"db":0,"username":"","password":""},
		"WebRTC":{"hostname":"127.0.0.1","external_port":40075,"local_base_port":8080,"max_sessions":50,
		"working_directory":"../../../easyrtc","executable":"node","script":"server.js"}}`
	r, err := LoadRehab(write(t, rehab))
	if err != nil {
		t.Fatal(err)
	}
	if r.WebRTC.Executable != "node" || r.Backend.Scheme != "https" {
		t.Errorf("rehab: %+v", r)
	}
	if !r.WebRTC.TURNEnabled() || r.WebRTC.TURNPort != 3478 || r.WebRTC.TURNMaxAllocations == 0 {
		t.Errorf("TURN: %+v", r.WebRTC.TURN)
	}
}

func TestCommentsAreOverlaidNotReplaced(t *testing.T) {
	r, err := LoadRehab(write(t, "{ // a comment with \"quotes\"\n \"WebRTC\": { \"hostname\": \"a//b\" } }"))
	if err != nil {
		t.Fatal(err)
	}
	if r.WebRTC.Hostname != "a//b" || r.WebRTC.MaxSessions != 50 {
		t.Errorf("got %+v", r.WebRTC)
	}
}

func TestBadConfigurationNamesTheKey(t *testing.T) {
	for _, tt := range []struct{ name, text, key, reason string }{
		{"unknown key", `{"WebRTC":{"max_session":3}}`, "max_session", "unknown key"},
		{"wrong type", `{"WebRTC":{"max_sessions":"many"}}`, "WebRTC.max_sessions", "is a string"},
		{"not a port", `{"Service":{"port":70000}}`, "Service.port", "not a port"},
		{"metrics without a port", `{"Service":{"metrics_listen":"localhost"}}`, "Service.metrics_listen", "not host:port"},
		{"empty name", `{"Service":{"name":""}}`, "Service.name", "required"},
		{"no session", `{"WebRTC":{"max_sessions":0}}`, "WebRTC.max_sessions", "between 1 and"},
		{"past the last port", `{"WebRTC":{"local_base_port":65500}}`, "WebRTC.max_sessions", "65549"},
		{"little memory", `{"WebRTC":{"room_memory_mb":10}}`, "WebRTC.room_memory_mb", "between 64"},
		{"a room for one", `{"WebRTC":{"room_max_peers":1}}`, "WebRTC.room_max_peers", "between 2 and 100"},
		{"a crowd", `{"WebRTC":{"room_max_peers":101}}`, "WebRTC.room_max_peers", "between 2 and 100"},
		{"nice", `{"WebRTC":{"room_nice":-1}}`, "WebRTC.room_nice", "between 0 and 19"},
		{"overlap", `{"WebRTC":{"media_base_port":8100}}`, "WebRTC.media_base_port", "overlaps"},
		{"no TURN port", `{"WebRTC":{"turn_port":70000}}`, "WebRTC.turn_port", "between 0 and 65535"},
		{"one TURN port", `{"WebRTC":{"turn_port":5349}}`, "WebRTC.turn_tls_port", "is turn_port"},
		{"certificate without key", `{"WebRTC":{"turn_certificate":"a.pem"}}`, "WebRTC.turn_certificate", "both or none"},
		{"scheme", `{"Backend":{"scheme":"ftp"}}`, "Backend.scheme", "neither"},
		{"syntax", "{\n\"WebRTC\": {,}}", "", "line 2"},
		{"cut off", `{"WebRTC":`, "", "ends before"},
		{"trailing text", `{} {}`, "", "after the closing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := LoadRehab(write(t, tt.text))
			var bad *Error
			if !errors.As(err, &bad) {
				t.Fatalf("got %v, want a configs.Error", err)
			}
			if bad.Key != tt.key || !strings.Contains(bad.Reason, tt.reason) {
				t.Errorf("got key %q reason %q, want %q and %q", bad.Key, bad.Reason, tt.key, tt.reason)
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	_, err := LoadCore(filepath.Join(t.TempDir(), "absent.json"))
	var bad *Error
	if !errors.As(err, &bad) || !strings.Contains(bad.Reason, "no such file") {
		t.Errorf("got %v", err)
	}
}

func TestFileOverlaysDefaultsOfTheCaller(t *testing.T) {
	derived := func(r *Rehab) { r.WebRTC.ExternalPort, r.WebRTC.StateDirectory = 41499, "elsewhere" }
	r, err := LoadRehab(write(t, `{"WebRTC":{"max_sessions":2,"state_directory":"named"}}`), derived)
	if err != nil {
		t.Fatal(err)
	}
	if w := r.WebRTC; w.ExternalPort != 41499 || w.StateDirectory != "named" || w.MaxSessions != 2 {
		t.Errorf("got %+v", w)
	}
}

// OpenTera's file lies in <its directory>/config and names certificates in <its directory>.
func TestCertificatesBesideTheConfiguration(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"config", "certificates"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for text, want := range map[string]string{
		`{}`: filepath.Join(dir, "certificates"), `{"Server":{"ssl_path":"elsewhere"}}`: "elsewhere", `{"Server":{"ssl_path":"/etc/x"}}`: "/etc/x",
	} {
		path := filepath.Join(dir, "config", "TeraServerConfig.ini")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := LoadCore(path); err != nil || c.Server.SSLPath != want {
			t.Errorf("%s: got %q %v, want %q", text, c.Server.SSLPath, err, want)
		}
	}
}
