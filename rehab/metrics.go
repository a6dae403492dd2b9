package rehab

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/gotera/gotera/rehab/metrics"
)

// MetricsPath is where Prometheus finds the metrics, on the address of metrics_listen.
const MetricsPath = "/metrics"

func (s *Service) newMetrics() *metrics.Metrics {
	return metrics.New(metrics.Config{
		Version:  s.cfg.Version,
		Ports:    s.cfg.Rehab.WebRTC.MaxSessions,
		Sessions: func() int { return len(s.all()) },
		Outbox:   func() int { return s.outbox.Len() },
	})
}

// serveMetrics answers on an address of its own until ctx ends: the pages' address is public by way of the proxy. Without
// the address, sessions work all the same.
func (s *Service) serveMetrics(ctx context.Context) error {
	address := s.cfg.Rehab.Service.MetricsListen
	if address == "" {
		return nil
	}
	l := s.listenMetrics(ctx, address)
	if l == nil {
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+MetricsPath, s.metrics.Handler())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}
	stop := context.AfterFunc(ctx, func() { server.Close() }) //nolint:errcheck // the scraper comes again
	defer stop()
	s.log.Info("metrics are served", "address", l.Addr().String(), "path", MetricsPath)
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// metricsRetry is when an address that was in use is tried again.
const metricsRetry = 5 * time.Second

// listenMetrics tries until it has the address; nil when ctx has ended.
func (s *Service) listenMetrics(ctx context.Context, address string) net.Listener {
	for told := false; ; told = true {
		l, err := net.Listen("tcp", address)
		if err == nil {
			return l
		}
		if !told {
			s.log.Error("metrics are not served until the address is free", "err", err)
		}
		if !pause(ctx, metricsRetry) {
			return nil
		}
	}
}
