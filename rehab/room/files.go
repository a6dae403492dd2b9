package room

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// files are the state directory's files of one port each: "<port>.sock" and "<port>.log" beside "<port>.lock".
type files struct {
	dir  string
	root *os.File // dir, open: its /proc name stands in when the socket's own path is too long
}

// maxSocketPath is what sockaddr_un holds, less its final zero (unix(7)).
const maxSocketPath = 107

func openFiles(dir string) (*files, error) {
	root, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	return &files{dir: dir, root: root}, nil
}

func (f *files) close() { f.root.Close() }

// socket is the path of a control socket, short enough to be one in this process.
func (f *files) socket(port int) string {
	name := fmt.Sprintf("%d.sock", port)
	if path := filepath.Join(f.dir, name); len(path) <= maxSocketPath {
		return path
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", f.root.Fd(), name)
}

// listen opens a new control socket, in place of one that a dead room left behind, to be passed on.
func (f *files) listen(port int) (*os.File, error) {
	path := f.socket(port)
	os.Remove(path)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("control socket of port %d: %w", port, err)
	}
	l.SetUnlinkOnClose(false)
	defer l.Close()
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, fmt.Errorf("control socket of port %d: %w", port, err)
	}
	return l.File()
}

func (f *files) logPath(port int) string { return filepath.Join(f.dir, fmt.Sprintf("%d.log", port)) }

// createLog empties the log of a port. It is a file and not a pipe so that a room can write when rehab is gone.
func (f *files) createLog(port int) (*os.File, error) {
	return os.OpenFile(f.logPath(port), os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
}

// trimLog empties a log that has grown beyond maxLog.
func (f *files) trimLog(port int) {
	if info, err := os.Stat(f.logPath(port)); err == nil && info.Size() > maxLog {
		os.Truncate(f.logPath(port), 0)
	}
}

// lastLine is the last line of a port's log, cut to 300 bytes: why its room ended.
func (f *files) lastLine(port int) string {
	file, err := os.Open(f.logPath(port))
	if err != nil {
		return ""
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return ""
	}
	tail := make([]byte, min(info.Size(), 4096))
	n, _ := file.ReadAt(tail, info.Size()-int64(len(tail)))
	tail = bytes.TrimSpace(tail[:n])
	tail = tail[bytes.LastIndexByte(tail, '\n')+1:]
	return string(tail[:min(len(tail), 300)])
}

// remove deletes what a stopped room leaves. Lock files stay: deleting one would let two processes lock one port.
func (f *files) remove(port int) {
	os.Remove(f.socket(port))
	os.Remove(f.logPath(port))
}
