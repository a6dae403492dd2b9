package sfu

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// pionLog passes Pion's logs on at debug level: what an operator needs is logged by the room itself, and Pion warns
// of ordinary things such as packets of a stream that has just ended.
type pionLog struct{ log *slog.Logger }

// NewLogger is for logging.LoggerFactory.
func (p pionLog) NewLogger(scope string) logging.LeveledLogger {
	return pionLogger{p.log.With("pion", scope)}
}

type pionLogger struct{ log *slog.Logger }

func (l pionLogger) put(format string, args ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug("pion", "text", fmt.Sprintf(format, args...))
	}
}

// Trace, Debug and Info are left out: they are per packet, or hold descriptions.
func (l pionLogger) Trace(string)          {}
func (l pionLogger) Tracef(string, ...any) {}
func (l pionLogger) Debug(string)          {}
func (l pionLogger) Debugf(string, ...any) {}
func (l pionLogger) Info(string)           {}
func (l pionLogger) Infof(string, ...any)  {}

func (l pionLogger) Warn(msg string)                  { l.put("%s", msg) }
func (l pionLogger) Warnf(format string, args ...any) { l.put(format, args...) }
func (l pionLogger) Error(msg string)                 { l.put("%s", msg) }
func (l pionLogger) Errorf(f string, args ...any)     { l.put(f, args...) }
