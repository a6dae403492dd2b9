package main

import (
	"os"
	"path/filepath"
	"testing"
)

// Redis is embedded unless the core's file says something about it.
func TestEmbedsRedis(t *testing.T) {
	for _, tt := range []struct {
		file     string
		embedded bool
		host     string
		port     int
	}{
		{"", true, "127.0.0.1", 6379},
		{`{"Server": {"enable_docs": true}}`, true, "127.0.0.1", 6379},
		{`{"Redis": {"hostname": "redis.example.org"}}`, false, "redis.example.org", 6379},
		{`{"Redis": {"hostname": "127.0.0.1", "port": 6379}}`, false, "127.0.0.1", 6379},
		{`{"Redis": {"port": 6380}}`, false, "127.0.0.1", 6380},
	} {
		o := serveOptions{data: t.TempDir(), hostname: "localhost", listen: ":40075"}
		if tt.file != "" {
			o.coreFile = filepath.Join(o.data, "core.json")
			if err := os.WriteFile(o.coreFile, []byte(tt.file), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c, _, err := o.configs()
		if err != nil {
			t.Errorf("%s: %v", tt.file, err)
			continue
		}
		if got := o.embedsRedis(&c.Redis); got != tt.embedded || c.Redis.Hostname != tt.host || c.Redis.Port != tt.port {
			t.Errorf("%s: got %v, %s, want %v, %s:%d", tt.file, got, c.Redis.Addr(), tt.embedded, tt.host, tt.port)
		}
	}
}

// People's links carry an IPv6 address in brackets, however it was given.
func TestURLHost(t *testing.T) {
	for given, want := range map[string]string{
		"localhost": "localhost", "192.0.2.1": "192.0.2.1", "2001:db8::1": "[2001:db8::1]", "[2001:db8::1]": "[2001:db8::1]",
	} {
		if got := urlHost(given); got != want {
			t.Errorf("urlHost(%q) = %q, want %q", given, got, want)
		}
	}
}
