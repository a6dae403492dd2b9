package ingress

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/handover"
)

// nginx/gotera-turn.conf, in Debian's nginx, hands a TURN client over as the ingress does.
func TestNginxHandsTURNOver(t *testing.T) {
	modules, err := filepath.Glob("/usr/lib/nginx/modules/ngx_stream_module.so")
	if err != nil || len(modules) == 0 {
		t.Fatal("this test needs libnginx-mod-stream")
	}
	raw, err := os.ReadFile("../nginx/gotera-turn.conf")
	if err != nil {
		t.Fatal(err)
	}
	cfg, ca := certified(t, Config{})
	dir, addr := t.TempDir(), freePort(t)
	socket := filepath.Join(dir, "turn.sock")
	l, err := handover.Listen(socket, 0o660)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client := make(chan string, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				r := bufio.NewReader(c)
				from, _, err := handover.ReadLine(r)
				if err != nil { // runNginx looks whether it listens
					return
				}
				if n, _ := io.Copy(c, r); n > 0 {
					client <- from.String()
				}
			}()
		}
	}()
	site := strings.NewReplacer(
		"listen 5349 ssl;", "listen "+addr+" ssl;", "listen [::]:5349 ssl;", "",
		"/etc/gotera/site_cert.pem", cfg.CertFile, "/etc/gotera/site_key.pem", cfg.KeyFile, "unix:/run/gotera/turn.sock", "unix:"+socket,
	).Replace(string(raw))
	runNginx(t, dir, "load_module "+modules[0]+";\n", "stream {\ninclude site.conf;\n}\n", site, addr)

	conn, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: ca})
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	message := append([]byte{0, 3, 0, 0, 0x21, 0x12, 0xa4, 0x42}, bytes.Repeat([]byte{7}, 12)...)
	if _, err := conn.Write(message); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(message))
	if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, message) {
		t.Fatalf("got %x, %v", got, err)
	}
	own := conn.LocalAddr().String()
	conn.Close()
	select {
	case from := <-client:
		if from != own {
			t.Errorf("the client is %s, want %s", from, own)
		}
	case <-time.After(10 * time.Second):
		t.Error("the connection does not end")
	}
}
