package ingress

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// A service that answers without reading the body leaves the transport reading it after the handler has returned: with
// HTTP/2 that once ended the whole program.
func TestServiceAnswersBeforeItHasReadTheBody(t *testing.T) {
	early := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
	}))
	defer early.Close()
	up := startUpstreams(t)
	cfg, ca := certified(t, up.config())
	cfg.Core = early.Listener.Addr().String()
	f := startIngress(t, cfg)
	f.ca = ca
	for _, http2 := range []bool{true, false} {
		c := f.client(t, http2)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 25 {
					slow, body := io.Pipe()
					req, err := http.NewRequest(http.MethodPost, "https://"+f.addr+"/api/user/sessions/manager", slow)
					if err != nil {
						t.Error(err)
						return
					}
					go func() { // goes on sending after the answer
						for range 50 {
							if _, err := body.Write(make([]byte, 512)); err != nil {
								return
							}
						}
						body.Close()
					}()
					res, err := c.Do(req)
					if err == nil {
						io.Copy(io.Discard, res.Body)
						res.Body.Close()
						if res.StatusCode != http.StatusUnauthorized && res.StatusCode != http.StatusBadGateway {
							t.Errorf("got %s, want 401", res.Status)
						}
					}
					slow.Close()
				}
			})
		}
		wg.Wait()
	}
}
