package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gotera/gotera/configs"
)

// Cluster is a PostgreSQL server of the test's own, on a unix socket.
type Cluster struct {
	dir  string // holds data, socket and logs; removed at the end
	stop io.Closer
	done chan error
	cred *syscall.Credential
	keep bool // the directory stays when the server stops

	mu     sync.Mutex
	n      int  // databases made
	seeded bool // the database that Fill copies is there
}

// serve starts the server and stops it when standard input ends: with the test program, however that ends.
const serve = `
"$BIN/postgres" -D "$DIR/data" -k "$DIR" -c listen_addresses= -c fsync=off -c full_page_writes=off \
	-c synchronous_commit=off -c timezone=America/Toronto -c max_connections=100 >>"$DIR/log" 2>&1 &
pid=$!
read -r line
kill -INT $pid
wait $pid
`

// shared is the cluster of the test program; it lives as long as the program.
var shared struct {
	once    sync.Once
	cluster *Cluster
	err     error
}

// NewCluster starts a server for this test alone, for tests that stop it.
func NewCluster(t testing.TB) *Cluster {
	t.Helper()
	c, err := newCluster(true)
	if err != nil {
		t.Fatalf("this test needs PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		c.Stop(t)
		if err := os.RemoveAll(c.dir); err != nil {
			t.Error(err)
		}
	})
	return c
}

func sharedCluster(t testing.TB) *Cluster {
	t.Helper()
	shared.once.Do(func() { shared.cluster, shared.err = newCluster(false) })
	if shared.err != nil {
		t.Fatalf("this test needs PostgreSQL: %v", shared.err)
	}
	return shared.cluster
}

func newCluster(keep bool) (*Cluster, error) {
	dir, err := os.MkdirTemp("/tmp", "gotera-pg-") // short: a socket path has at most 107 bytes
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, keep: keep}
	if os.Geteuid() == 0 { // PostgreSQL refuses to run as root
		if c.cred, err = postgresUser(); err != nil {
			return nil, err
		}
		if err := os.Chown(dir, int(c.cred.Uid), int(c.cred.Gid)); err != nil {
			return nil, err
		}
	}
	if err := c.initialise(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := c.start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

func (c *Cluster) initialise() error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	cmd := c.command(filepath.Join(bin, "initdb"), "-D", filepath.Join(c.dir, "data"), "-U", "gotera", "--auth=trust", "--encoding=UTF8",
		"--locale=C", "--no-sync", "--no-instructions")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: c.cred} // Ctrl-C is for the test program
	return cmd
}

func (c *Cluster) start() error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	script := serve
	if !c.keep {
		script += `cd / && rm -rf "$DIR"` + "\n"
	}
	cmd := c.command("/bin/sh", "-c", script)
	cmd.Env = append(os.Environ(), "BIN="+bin, "DIR="+c.dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.stop, c.done = in, make(chan error, 1)
	go func() { c.done <- cmd.Wait() }()
	return c.wait()
}

// wait polls until the server answers.
func (c *Cluster) wait() error {
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := c.exec("SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case exit := <-c.done:
			log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
			return fmt.Errorf("postgres ended: %v: %s", exit, log)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("postgres does not answer: %w", err)
		}
	}
}

// Stop ends the server; open connections break.
func (c *Cluster) Stop(t testing.TB) {
	t.Helper()
	if c.stop == nil {
		return
	}
	if err := c.stop.Close(); err != nil {
		t.Error(err)
	}
	select {
	case <-c.done:
	case <-time.After(20 * time.Second):
		t.Error("postgres does not stop")
	}
	c.stop = nil
}

// Start starts a stopped server again, with its data.
func (c *Cluster) Start(t testing.TB) {
	t.Helper()
	if err := c.start(); err != nil {
		t.Fatal(err)
	}
}

// Database makes an empty database, which ends with the test: it takes some 8 MB.
func (c *Cluster) Database(t testing.TB) configs.Database {
	t.Helper()
	c.mu.Lock()
	c.n++
	name := "test" + strconv.Itoa(c.n)
	err := c.create(name, "template1")
	c.mu.Unlock()
	if err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() {
		if c.stop == nil {
			return
		}
		if err := c.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop database: %v", err)
		}
	})
	return configs.Database{Type: "postgresql", Name: name, URL: c.dir, Port: 5432, Username: "gotera"}
}

// create copies a database by its files: going through the write-ahead log takes three times as long.
func (c *Cluster) create(name, from string) error {
	return c.exec("CREATE DATABASE " + name + " TEMPLATE " + from + " STRATEGY file_copy")
}

func (c *Cluster) exec(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, "host="+c.dir+" port=5432 user=gotera dbname=postgres connect_timeout=2")
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}

func postgresUser() (*syscall.Credential, error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// binaries finds the newest server installed: Debian keeps it out of the path.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", fmt.Errorf("initdb is not installed (Debian: postgresql): %w", err)
	}
	return filepath.Dir(path), nil
}

func version(path string) int {
	n, _ := strconv.Atoi(strings.Split(path, "/")[4])
	return n
}
