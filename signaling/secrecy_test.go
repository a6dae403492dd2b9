package signaling

import (
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/gotera/gotera/proto/signal"
)

// logText keeps what is logged.
type logText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// What a client writes into its descriptions, addresses above all, is not logged.
func TestLogDoesNotQuoteDescriptions(t *testing.T) {
	var log logText
	r := startRoom(t, func(c *Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	})
	c := r.connect(patient)
	c.join()
	offer := regexp.MustCompile(`a=candidate:.*\r\n`).ReplaceAllString(r.offerOf(publishes), "")
	offer = strings.ReplaceAll(offer, "\r\nm=", "\r\na=candidate:1 1 udp 1 10.11.12.13 secret typ host\r\nm=")
	c.send(signal.ClientOffer{SDP: offer})
	c.expectClose(signal.CloseBad)
	if strings.Contains(log.String(), "10.11.12.13") || strings.Contains(log.String(), "secret") {
		t.Error(log.String())
	}
}
