package room

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// ErrNoFreePort means that every session port belongs to a live room.
var ErrNoFreePort = errors.New("no free session port")

// ErrPortHeld means that the lock of a port is held, by another room or by another rehab.
var ErrPortHeld = errors.New("session port is held")

// Ports hands out the ports base .. base+count-1. A port belongs to whoever holds a flock on its lock file: rehab while
// it starts and watches a room, and the room process itself, which inherits the open file. The kernel drops the lock
// with the last of the two, so a port is free again only when its process has ended, however that happened.
type Ports struct {
	dir         string
	base, count int

	mu   sync.Mutex // guards next
	next int        // offset at which the search starts: a freed port waits for the others to be used first
}

// NewPorts keeps its lock files in dir.
func NewPorts(dir string, base, count int) *Ports {
	return &Ports{dir: dir, base: base, count: count}
}

// Lock is a held port.
type Lock struct {
	Port int
	file *os.File
}

// Take returns a free port that is not in skip, or ErrNoFreePort.
func (p *Ports) Take(skip map[int]bool) (*Lock, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.count {
		offset := (p.next + i) % p.count
		port := p.base + offset
		if skip[port] {
			continue
		}
		lock, err := p.Lock(port)
		if errors.Is(err, ErrPortHeld) {
			continue
		}
		if err != nil {
			return nil, err
		}
		p.next = offset + 1
		return lock, nil
	}
	return nil, ErrNoFreePort
}

// Lock takes one port, or fails with ErrPortHeld.
func (p *Ports) Lock(port int) (*Lock, error) {
	path := filepath.Join(p.dir, fmt.Sprintf("%d.lock", port))
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock port %d: %w", port, err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("port %d: %w", port, ErrPortHeld)
		}
		return nil, fmt.Errorf("lock port %d: %w", port, err)
	}
	return &Lock{Port: port, file: f}, nil
}

// Free counts the ports that could be taken now.
func (p *Ports) Free() int {
	free := 0
	for i := range p.count {
		if lock, err := p.Lock(p.base + i); err == nil {
			lock.Release()
			free++
		}
	}
	return free
}

// Release gives up rehab's hold. The port stays taken while a room process has the file too.
func (l *Lock) Release() {
	if l != nil && l.file != nil {
		l.file.Close()
		l.file = nil
	}
}
