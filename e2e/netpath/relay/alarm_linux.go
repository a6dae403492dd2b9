package relay

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// alarm wakes one goroutine at a time that others may move. It is a timerfd: the runtime's own timers are up to a
// millisecond late in a process that is idle, since it waits for them in epoll_wait.
type alarm struct {
	file *os.File
	fd   int
}

func newAlarm() (*alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("timerfd_create", err)
	}
	return &alarm{file: os.NewFile(uintptr(fd), "timer"), fd: fd}, nil
}

// set makes wait return after d, instead of when it was to before.
func (a *alarm) set(d time.Duration) error {
	value := unix.ItimerSpec{Value: unix.NsecToTimespec(max(1, d.Nanoseconds()))} // zero would switch it off
	return os.NewSyscallError("timerfd_settime", unix.TimerfdSettime(a.fd, 0, &value, nil))
}

// wait returns when the time has come, or an error after close.
func (a *alarm) wait() error {
	var expirations [8]byte
	_, err := a.file.Read(expirations[:])
	return err
}

func (a *alarm) close() { _ = a.file.Close() }
