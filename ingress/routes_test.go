package ingress

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// get sends one request over HTTP/1.1 and returns the answer with its body.
func get(t *testing.T, c *http.Client, method, url string, header http.Header, body io.Reader) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(req.Header, header)
	if h := header.Get("Host"); h != "" {
		req.Host = h
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return res, string(raw)
}

func TestRoutes(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front, up *upstreams) {
		room := func(format string) string { return strings.ReplaceAll(format, "PORT", fmt.Sprint(up.base)) }
		for _, tt := range []struct {
			path    string
			status  int
			service string
			uri     string
			script  string
		}{
			{"/", 200, "core", "/", "/"},
			{"/api/user/login?with=a%20b&x=1;2", 200, "core", "/api/user/login?with=a%20b&x=1;2", "/"},
			{"/a%2Fb/c%20d", 200, "core", "/a%2Fb/c%20d", "/"},
			{"/wss", 200, "core", "/wss", "/"},
			{"/wss/user?id=1", 200, "core", "/wss/user?id=1", "/"},
			{"/log/", 200, "logs", "/", "/log"},
			{"/log/api/x?y", 200, "logs", "/api/x?y", "/log"},
			{"/file/api/files", 200, "files", "/api/files", "/file"},
			{"/email/x", 200, "email", "/x", "/email"},
			{"/rehab/", 200, "rehab", "/", "/rehab"},
			{"/rehab/api/sessions?key=secretkey", 200, "rehab", "/api/sessions?key=secretkey", "/rehab"},
			{"/rehab/a%20b", 200, "rehab", "/a%20b", "/rehab"},
			{"/robot/api/session/manager?token=secretkey", 200, "rehab", "/robot/api/session/manager?token=secretkey", "/robot"},
			{"/robot/", 200, "core", "/robot/", "/"},
			{"/rehabilitation", 200, "core", "/rehabilitation", "/"},
			{"/rehab", 301, "", "/rehab/", ""},
			{"/rehab?x=1&y=%20", 301, "", "/rehab/?x=1&y=%20", ""},
			{"/file", 301, "", "/file/", ""},
			{"/log", 301, "", "/log/", ""},
			{room("/webrtc/PORT/users?key=secretkey"), 200, "room", "/users?key=secretkey", "/webrtc/"},
			{room("/webrtc/PORT/"), 200, "room", "/", "/webrtc/"},
			{room("/webrtc/PORT/a/b%20c"), 200, "room", "/a/b%20c", "/webrtc/"},
			{room("/websocket/PORT/users?key=secretkey"), 200, "room", room("/websocket/PORT/users?key=secretkey"), "/websocket/"},
			{fmt.Sprintf("/webrtc/%d/users", up.base+2), 200, "last room", "/users", "/webrtc/"},
			{fmt.Sprintf("/webrtc/%d/users?key=secretkey", up.base+1), 502, "", "", ""}, // it has ended
			{fmt.Sprintf("/webrtc/%d/users", up.base+3), 404, "", "", ""},
			{fmt.Sprintf("/webrtc/%d/users", up.base-1), 404, "", "", ""},
			{room("/webrtc/0PORT/users"), 404, "", "", ""},
			{room("/webrtc/PORT"), 404, "", "", ""},
			{room("/webrtc/xPORT/"), 404, "", "", ""},
			{room("/websocket/PORT0/"), 404, "", "", ""},
			{"/webrtc/22/x", 404, "", "", ""},
			{"/webrtc/", 404, "", "", ""},
			{"/websocket/", 404, "", "", ""},
			{"/teapot", 502, "", "", ""}, // the service's own answer
		} {
			for _, http2 := range []bool{false, true} {
				res, body := get(t, f.client(t, http2), "GET", "https://"+f.addr+tt.path, nil, nil)
				if http2 != (res.ProtoMajor == 2) {
					t.Fatalf("got %s, want HTTP/2: %v", res.Proto, http2)
				}
				if res.StatusCode != tt.status {
					t.Errorf("%s: got status %d, want %d", tt.path, res.StatusCode, tt.status)
					continue
				}
				switch {
				case tt.path == "/teapot":
					if body != "of the service\n" || res.Header.Get("WWW-Authenticate") != "Basic" {
						t.Errorf("%s: got %q, %v", tt.path, body, res.Header)
					}
				case tt.status == 502:
					if kind := strings.ToLower(res.Header.Get("Content-Type")); body != notRunning+"\n" || kind != "text/plain; charset=utf-8" {
						t.Errorf("%s: got %q as %s, want %q", tt.path, body, kind, notRunning)
					}
				case tt.status == 301:
					if got := res.Header.Get("Location"); got != tt.uri {
						t.Errorf("%s: redirects to %s, want %s", tt.path, got, tt.uri)
					}
				case tt.status == 200:
					var got seen
					if err := json.Unmarshal([]byte(body), &got); err != nil {
						t.Fatalf("%s: %v in %s", tt.path, err, body)
					}
					if got.Service != tt.service || got.URI != tt.uri || got.Header.Get("X-Script-Name") != tt.script {
						t.Errorf("%s: got %s %s %s, want %s %s %s", tt.path, got.Service, got.URI, got.Header.Get("X-Script-Name"), tt.service, tt.uri, tt.script)
					}
				}
			}
		}
		if strings.Contains(f.logs(), "secretkey") {
			t.Errorf("a key was logged:\n%s", f.logs())
		}
	})
}

func TestHeaders(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front, up *upstreams) {
		evil := http.Header{
			"X-Forwarded-For": {"192.0.2.1"}, "X-Mine": {"kept"}, "Cookie": {"a=b"}, "Authorization": {"OpenTera x"},
			"Connection": {"X-Real-IP, X-Scheme"}, "Upgrade": {"h2c"}, "Host": {"Clinic.Example.org:1234"},
		}
		for _, name := range append([]string{
			"X-ExternalPort", "X-ExternalHost", "X_ExternalServer", "X-Externalserver_", "X-Real-IP", "X-Scheme", "X-Script-Name",
			"X-Forwarded-Proto", "X_SSL_CLIENT_DN", "X-SSL_CLIENT-DN", "X_Device_UUID",
		}, forbidden...) {
			evil[name] = []string{"evil"}
		}
		want := map[string]string{
			"X-Externalport": "40075", "X-Externalhost": "clinic.example.org", "X_externalserver": "tele.example.org",
			"X-Real-Ip": "127.0.0.1", "X-Forwarded-For": "192.0.2.1, 127.0.0.1", "X-Forwarded-Proto": "https", "X-Scheme": "https",
			"X-Mine": "kept", "Cookie": "a=b", "Authorization": "OpenTera x",
		}
		for path, script := range map[string]string{
			"/": "/", "/wss": "/", "/log/": "/log", "/file/": "/file", "/email/": "/email", "/rehab/": "/rehab",
			fmt.Sprintf("/webrtc/%d/", up.base): "/webrtc/", fmt.Sprintf("/websocket/%d/", up.base): "/websocket/",
		} {
			_, body := get(t, f.client(t, false), "GET", "https://"+f.addr+path, evil, nil)
			var got seen
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Fatalf("%s: %v in %s", path, err, body)
			}
			if got.Host != "clinic.example.org" {
				t.Errorf("%s: Host %q, want clinic.example.org", path, got.Host)
			}
			want := maps.Clone(want)
			want["X-Script-Name"] = script
			if path == "/" {
				want["X-Ssl-Verified"] = "NONE"
			}
			for _, ignored := range []string{"Accept-Encoding", "User-Agent", "Connection"} {
				got.Header.Del(ignored)
			}
			if names := slices.Sorted(maps.Keys(got.Header)); !slices.Equal(names, slices.Sorted(maps.Keys(want))) {
				t.Errorf("%s: headers %v, want %v", path, names, slices.Sorted(maps.Keys(want)))
			}
			for name, value := range want {
				if v := strings.Join(got.Header[name], "|"); v != value {
					t.Errorf("%s: %s is %q, want %q", path, name, v, value)
				}
			}
		}
	})
}

func TestRedirectsOfServices(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front, _ *upstreams) {
		for to, want := range map[string]string{
			"http://127.0.0.1/x?y=1":    "https://127.0.0.1:40075/x?y=1",
			"http://other.example.org/": "http://other.example.org/",
			"/relative":                 "/relative",
		} {
			res, _ := get(t, f.client(t, false), "GET", "https://"+f.addr+"/rehab/redirect?to="+strings.NewReplacer("?", "%3F", "=", "%3D").Replace(to), nil, nil)
			if got := res.Header.Get("Location"); got != want {
				t.Errorf("redirect to %s: got %s, want %s", to, got, want)
			}
		}
	})
}
