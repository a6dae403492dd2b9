package rehab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/outbox"
	"github.com/gotera/gotera/rehab/room"
)

// failure is an error whose text is for the caller of session_manage.
type failure struct {
	text  string
	cause error // logged, not told; may be nil
}

func (f *failure) Error() string {
	if f.cause != nil {
		return f.text + ": " + f.cause.Error()
	}
	return f.text
}

func (f *failure) Unwrap() error { return f.cause }

func failf(format string, args ...any) error { return &failure{text: fmt.Sprintf(format, args...)} }

// because gives cause the text that its kind has, after what could not be done.
func because(what string, cause error) error {
	return &failure{text: what + ": " + reason(cause), cause: cause}
}

// reason says to people what went wrong; details are for the log.
func reason(err error) string {
	var known *failure
	var status *backend.StatusError
	var exit *room.ExitError
	switch {
	case errors.As(err, &known):
		return known.text
	case errors.Is(err, room.ErrNoFreePort):
		return "all session ports are in use; stop a session first"
	case errors.Is(err, room.ErrExecutable):
		return "the room program cannot be started (" + osReason(err) + ")"
	case errors.Is(err, room.ErrNotReady):
		return "the room program did not become ready in time"
	case errors.As(err, &exit) && exit.Code == control.ExitPortUsed:
		return "another program listens on every free session port"
	case errors.As(err, &exit):
		return "the room program ended at once: " + exit.Reason
	case errors.Is(err, errNoServiceKey):
		return "Redis does not answer, or the core has not started"
	case errors.Is(err, backend.ErrUnreachable):
		return "the core does not answer"
	case errors.As(err, &status) && status.Code >= 500:
		return "the database does not answer (" + status.Text + ")"
	case errors.As(err, &status) && status.Text != "":
		return status.Text
	case errors.As(err, &status):
		return fmt.Sprintf("the core refused (%d)", status.Code)
	case errors.Is(err, outbox.ErrFull):
		return "too much waits for the core"
	case errors.Is(err, context.DeadlineExceeded):
		return "it took too long"
	case errors.Is(err, context.Canceled):
		return "the service is stopping"
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full"
	}
	return "internal error"
}

// osReason is the operating system's word for why a program cannot be started.
func osReason(err error) string {
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, fs.ErrNotExist):
		return fs.ErrNotExist.Error()
	}
	return "not found"
}
