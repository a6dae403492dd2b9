// Package pionlog takes what Pion logs.
package pionlog

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// New passes Pion's warnings and errors on to log at debug level: what an operator needs is logged by its users themselves, and
// Pion warns of ordinary things such as packets of a stream that has just ended. The rest is left out: it is per packet, or holds
// descriptions.
func New(log *slog.Logger) logging.LoggerFactory { return factory{log} }

type factory struct{ log *slog.Logger }

// NewLogger is for logging.LoggerFactory.
func (f factory) NewLogger(scope string) logging.LeveledLogger {
	return logger{f.log.With("pion", scope)}
}

type logger struct{ log *slog.Logger }

func (l logger) put(format string, args ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug("pion", "text", fmt.Sprintf(format, args...))
	}
}

// Trace, Debug, Info, Warn and Error, with a format or without, are for logging.LeveledLogger.
func (l logger) Trace(string)          {}
func (l logger) Tracef(string, ...any) {}
func (l logger) Debug(string)          {}
func (l logger) Debugf(string, ...any) {}
func (l logger) Info(string)           {}
func (l logger) Infof(string, ...any)  {}

func (l logger) Warn(msg string)                  { l.put("%s", msg) }
func (l logger) Warnf(format string, args ...any) { l.put(format, args...) }
func (l logger) Error(msg string)                 { l.put("%s", msg) }
func (l logger) Errorf(f string, args ...any)     { l.put(f, args...) }
