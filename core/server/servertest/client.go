package servertest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/token"
)

// Auth adds credentials to a request.
type Auth func(*http.Request)

// Basic is HTTP Basic.
func Basic(name, password string) Auth {
	return func(r *http.Request) { r.SetBasicAuth(name, password) }
}

// Token is OpenTera's scheme.
func Token(t string) Auth {
	return func(r *http.Request) { r.Header.Set("Authorization", "OpenTera "+t) }
}

// Header sets a header.
func Header(name, value string) Auth {
	return func(r *http.Request) { r.Header[name] = []string{value} }
}

// Cookies sends back what an answer set.
func Cookies(a Answer) Auth {
	return func(r *http.Request) {
		for _, c := range a.Cookies {
			r.AddCookie(c)
		}
	}
}

// Nobody sends no credentials.
func Nobody() Auth { return func(*http.Request) {} }

// Answer is what the core answered.
type Answer struct {
	Status  int
	Header  http.Header
	Cookies []*http.Cookie
	Text    string
	JSON    any // nil when the body is no JSON
}

// Object is the JSON body as an object; nil when it is something else.
func (a Answer) Object() map[string]any { o, _ := a.JSON.(map[string]any); return o }

// List is the JSON body as a list of objects; nil when it is something else.
func (a Answer) List() []map[string]any {
	raw, _ := a.JSON.([]any)
	list := make([]map[string]any, 0, len(raw))
	for _, v := range raw {
		o, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		list = append(list, o)
	}
	return list
}

// Get asks for path with its query.
func (s *Server) Get(t testing.TB, path string, auth ...Auth) Answer {
	t.Helper()
	return s.Do(t, http.MethodGet, path, "", "", auth...)
}

// Delete asks to delete.
func (s *Server) Delete(t testing.TB, path string, auth ...Auth) Answer {
	t.Helper()
	return s.Do(t, http.MethodDelete, path, "", "", auth...)
}

// Post sends v as JSON.
func (s *Server) Post(t testing.TB, path string, v any, auth ...Auth) Answer {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return s.Do(t, http.MethodPost, path, "application/json", string(raw), auth...)
}

// Do sends a request.
func (s *Server) Do(t testing.TB, method, path, contentType, body string, auth ...Auth) Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for _, a := range auth {
		a(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	a := Answer{Status: resp.StatusCode, Header: resp.Header, Cookies: resp.Cookies(), Text: string(raw)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&a.JSON); err != nil {
			t.Errorf("%s %s: body is no JSON: %q", method, path, raw)
		}
	}
	return a
}

// Query is path with arguments: Query("/api/user/users", "id", "1").
func Query(path string, args ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(args); i += 2 {
		v.Add(args[i], args[i+1])
	}
	return path + "?" + v.Encode()
}

// UserToken logs a user of the test data in; the password is the name.
func (s *Server) UserToken(t testing.TB, name string) string {
	t.Helper()
	a := s.Get(t, "/api/user/login", Basic(name, name))
	tok, _ := a.Object()["user_token"].(string)
	if a.Status != http.StatusOK || tok == "" {
		t.Fatalf("login of %s: got %d %s", name, a.Status, a.Text)
	}
	return tok
}

// User is UserToken as credentials.
func (s *Server) User(t testing.TB, name string) Auth { t.Helper(); return Token(s.UserToken(t, name)) }

// Service signs a token for a service of the test data, as the service itself does.
func (s *Server) Service(t testing.TB, key string) Auth {
	t.Helper()
	signing, err := s.Bus.Get(t.Context(), "ServiceTokenAPIKey")
	if err != nil {
		t.Fatal(err)
	}
	row, err := s.Store.ServiceByKey(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := token.SignService(signing, token.ServiceClaims{Standard: token.SelfIssued(), ServiceUUID: row.UUID})
	if err != nil {
		t.Fatal(err)
	}
	return Token(tok)
}

// Device is the token of a device of the test data, by id.
func (s *Server) Device(t testing.TB, id int) Auth { t.Helper(); return Token(s.DeviceToken(t, id)) }
