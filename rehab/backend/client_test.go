package backend

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func tokens(old, renewed string) TokenSource {
	return func(_ context.Context, renew bool) (string, error) {
		if renew {
			return renewed, nil
		}
		return old, nil
	}
}

func newClient(t *testing.T, h http.HandlerFunc, token TokenSource) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c, err := New(Config{URL: server.URL, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestTokenIsRenewedOnce(t *testing.T) {
	calls := 0
	c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		if r.Header.Get("Authorization") != "OpenTera new" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Write([]byte(`[{"id_session":7,"session_name":"S"}]`))
	}, tokens("old", "new"))
	row, err := c.Session(t.Context(), 7)
	if err != nil || row.Int("id_session") != 7 || row.Text("session_name") != "S" || calls != 2 {
		t.Errorf("row %v, %v after %d calls", row, err, calls)
	}
	bad := newClient(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, tokens("a", "b"))
	var status *StatusError
	if _, err := bad.Session(t.Context(), 7); !errors.As(err, &status) || status.Code != 401 || Permanent(err) {
		t.Errorf("got %v", err)
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		code            int
		body, text      string
		permanent, down bool
	}{
		{403, `"Forbidden"`, "Forbidden", true, false},
		{400, `{"message":"Input payload validation failed"}`, "Input payload validation failed", true, false},
		{500, `"Database error"`, "Database error", false, true},
		{502, `<html>`, "<html>", false, true},
		{429, ``, "", false, false},
	} {
		c := newClient(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(tt.code); w.Write([]byte(tt.body)) }, tokens("t", "t"))
		_, err := c.PostSession(t.Context(), Row{"id_session": 0})
		var status *StatusError
		if !errors.As(err, &status) || status.Text != tt.text || Permanent(err) != tt.permanent || Down(err) != tt.down {
			t.Errorf("%d: %v, permanent %v, down %v", tt.code, err, Permanent(err), Down(err))
		}
	}
	c := newClient(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`[]`)) }, tokens("t", "t"))
	if _, err := c.Session(t.Context(), 1); err == nil {
		t.Error("an empty list is no row")
	}
	c, err := New(Config{URL: "http://127.0.0.1:1", Token: tokens("t", "t")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Participant(t.Context(), "somebody")
	if !errors.Is(err, ErrUnreachable) || !Down(err) || strings.Contains(err.Error(), "somebody") {
		t.Errorf("got %v", err)
	}
}

func TestCertificateAuthority(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"a":1}`)) }))
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"", ca} {
		c, err := New(Config{URL: server.URL, CA: file, Token: tokens("t", "t")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Participant(t.Context(), "p"); err != nil {
			t.Errorf("CA %q: %v", file, err)
		}
		c.Close()
	}
	if _, err := New(Config{CA: filepath.Join(t.TempDir(), "missing")}); err == nil {
		t.Error("a missing CA file is no error")
	}
}

func TestRow(t *testing.T) {
	var row Row
	raw := `{"id":12345678901234567,"x":1.50,"session_users":[{"user_uuid":"u","user_name":"N"}],"session_creator_service_uuid":"s","session_creator_user_uuid":"u","session_creator_user":"Dr"}`
	if err := json.Unmarshal([]byte(raw), &row); err != nil {
		t.Fatal(err)
	}
	if row.Int("id") != 12345678901234567 || row.Int("missing") != 0 || row.Text("id") != "" {
		t.Error("accessors")
	}
	if out, _ := json.Marshal(row); !strings.Contains(string(out), `"x":1.50`) {
		t.Errorf("numbers change: %s", out)
	}
	if p := row.People("user"); len(p) != 1 || p[0] != (Person{"u", "N"}) {
		t.Errorf("people %v", p)
	}
	if who, name := row.Creator(); who.Kind != "user" || name != "Dr" {
		t.Errorf("creator %v %q: a user comes before a service", who, name)
	}
}

func TestEventBody(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 8000, time.Local)
	got := string(EventBody(9, SessionJoin, at, "VideoRehabService", "User: u"))
	for _, part := range []string{`"id_session":9`, `"id_session_event":0`, `"id_session_event_type":12`, `"2026-03-04 05:06:07.000008"`, `"session_event_text":"User: u"`} {
		if !strings.Contains(got, part) {
			t.Errorf("%s lacks %s", got, part)
		}
	}
	if strings.Contains(string(EventBody(9, SessionStart, at, "V", "")), "event_text") {
		t.Error("an empty text is sent")
	}
}
