package ingress

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func (f *front) websocket(t *testing.T, path string) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	d := websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: f.ca}, HandshakeTimeout: 20 * time.Second}
	return d.DialContext(t.Context(), "wss://"+f.addr+path, http.Header{"X-Device-UUID": {"evil"}})
}

func TestWebsockets(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front, up *upstreams) {
		for path, uri := range map[string]string{
			"/wss/user?id=secretkey":                               "/wss/user?id=secretkey",
			fmt.Sprintf("/webrtc/%d/users?key=secretkey", up.base): "/users?key=secretkey",
			fmt.Sprintf("/websocket/%d/users?key=1", up.base):      fmt.Sprintf("/websocket/%d/users?key=1", up.base),
			fmt.Sprintf("/websocket/%d/socket.io/?E=4", up.base+2): fmt.Sprintf("/websocket/%d/socket.io/?E=4", up.base+2),
			fmt.Sprintf("/webrtc/%d/signaling", up.base):           "/signaling", // robots find it beside their page
			fmt.Sprintf("/websocket/%d/signaling", up.base):        fmt.Sprintf("/websocket/%d/signaling", up.base),
		} {
			conn, _, err := f.websocket(t, path)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			var got seen
			if err := conn.ReadJSON(&got); err != nil {
				t.Fatal(err)
			}
			if got.URI != uri || got.Header.Get("X-Device-Uuid") != "" || got.Header.Get("X-Real-Ip") != "127.0.0.1" {
				t.Errorf("%s: got %+v, want %s", path, got, uri)
			}
			big := bytes.Repeat([]byte("x"), 256<<10)
			for _, message := range [][]byte{[]byte("hello"), big} {
				if err := conn.WriteMessage(websocket.BinaryMessage, message); err != nil {
					t.Fatal(err)
				}
				if _, echo, err := conn.ReadMessage(); err != nil || !bytes.Equal(echo, message) {
					t.Errorf("%s: echo of %d bytes: got %d, %v", path, len(message), len(echo), err)
				}
			}
			conn.Close()
		}
		for path, status := range map[string]int{
			"/api/x":                                  200, // not upgraded
			"/rehab/x":                                200,
			fmt.Sprintf("/webrtc/%d/x", up.base+1):    502,
			fmt.Sprintf("/webrtc/%d/x", up.base+3):    404,
			fmt.Sprintf("/websocket/%d/x", up.base+3): 404,
		} {
			conn, res, err := f.websocket(t, path)
			if err == nil {
				conn.Close()
				t.Errorf("%s: upgraded", path)
			} else if res == nil || res.StatusCode != status {
				t.Errorf("%s: got %v, %v, want status %d", path, res, err, status)
			}
		}
		if strings.Contains(f.logs(), "secretkey") {
			t.Errorf("a key was logged:\n%s", f.logs())
		}
	})
}

func TestEventsAreNotBuffered(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front, up *upstreams) {
		for _, http2 := range []bool{false, true} {
			res, err := f.client(t, http2).Get("https://" + f.addr + "/rehab/api/events")
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			r := bufio.NewReader(res.Body)
			for i := range 3 {
				line, err := r.ReadString('\n') // the next one is not sent before this one has arrived
				if want := fmt.Sprintf("data: %d\n", i); line != want || err != nil {
					t.Fatalf("got %q, %v, want %q", line, err, want)
				}
				r.ReadString('\n')
				up.next <- struct{}{}
			}
			if rest, err := io.ReadAll(r); len(rest) > 0 || err != nil {
				t.Errorf("after the end: %q, %v", rest, err)
			}
		}
	})
}

func TestBodies(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front, up *upstreams) {
		body := bytes.Repeat([]byte("0123456789"), 500_000)
		for _, r := range []io.Reader{bytes.NewReader(body), struct{ io.Reader }{bytes.NewReader(body)}} { // with a length, and chunked
			res, text := get(t, f.client(t, false), "POST", "https://"+f.addr+"/file/upload", nil, r)
			var got seen
			if err := json.Unmarshal([]byte(text), &got); err != nil || got.Body != int64(len(body)) || got.Method != "POST" {
				t.Errorf("got %v %v, want %d bytes (%s)", got, err, len(body), res.Status)
			}
		}
	})
}

// TestBodyLimits announces bodies and looks whether they are asked for.
func TestBodyLimits(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front, up *upstreams) {
		for _, tt := range []struct {
			path   string
			length int64
			want   int
		}{
			{"/api/x", 100 << 20, 100},
			{"/api/x", 100<<20 + 1, 413},
			{"/rehab/x", 100<<20 + 1, 413},
			{fmt.Sprintf("/webrtc/%d/x", up.base), 100<<20 + 1, 413},
			{"/file/x", 500 << 20, 100},
			{"/file/x", 500<<20 + 1, 413},
		} {
			c := f.dial(t)
			fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", tt.path, tt.length)
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil || res.StatusCode != tt.want {
				t.Errorf("%s, %d bytes: got %v, %v, want %d", tt.path, tt.length, res, err, tt.want)
			}
			c.Close()
		}
	})
}

func TestChunkedBodyLimit(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front, up *upstreams) {
		c := f.dial(t)
		answered := make(chan int, 1)
		go func() {
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				answered <- 0
				return
			}
			answered <- res.StatusCode
		}()
		fmt.Fprint(c, "POST /rehab/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
		chunk := append(append([]byte("100000\r\n"), make([]byte, 1<<20)...), "\r\n"...)
		for range 101 {
			if _, err := c.Write(chunk); err != nil {
				break // refused
			}
		}
		select {
		case status := <-answered:
			if status != 413 {
				t.Errorf("got %d, want 413", status)
			}
		case <-time.After(30 * time.Second):
			t.Error("no answer")
		}
	})
}

func TestPlainHTTPIsRedirected(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front, _ *upstreams) {
		c, err := net.Dial("tcp", f.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprint(c, "GET /rehab/?x=1 HTTP/1.1\r\nHost: Tele.example.org:80\r\n\r\n")
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Header.Get("Location"); res.StatusCode != 301 || got != "https://tele.example.org:40075/rehab/?x=1" {
			t.Errorf("got %d to %s", res.StatusCode, got)
		}
	})
}
