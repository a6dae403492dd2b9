// Package archive makes zip files of assets (core.md 4.2, 10.1): it registers the archive at the file service, fetches each
// asset from the service that keeps it, packs them on disk and uploads the result. What may be archived, and by whom, is
// the caller's affair. Start at Archiver.
package archive

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

var (
	// ErrBusy: the owner's last archive is not done yet.
	ErrBusy = errors.New("an archive is being made for that owner")
	// ErrFull: too many archives wait, or the server stops.
	ErrFull = errors.New("too many archives wait")
	// ErrRefused: the file service is not there or does not register the archive.
	ErrRefused = errors.New("the file service does not take the archive")
)

// Bounds of the work. Assets go through disk, never wholly through memory.
const (
	workers    = 2
	maxWaiting = 8 // archives at once, those in work included

	registerTimeout = 10 * time.Second // the user waits for it
	assetTimeout    = 30 * time.Minute
	answerTimeout   = 10 * time.Minute // the file service copies what was uploaded before it answers
	archiveTimeout  = 4 * time.Hour
	cancelTimeout   = 2 * time.Second // to tell the file service, when the server stops

	maxBytes = 64 << 30 // of one archive
)

// Config configures an Archiver.
type Config struct {
	// ServiceToken and AssetToken sign for the service with that uuid, in whose name the work is done.
	ServiceToken func(service string) (string, error)
	AssetToken   func(asset, requester string) (string, error)
	Dir          string       // for temporary files; default TMPDIR, else /var/tmp, which is no memory
	Log          *slog.Logger // default slog.Default()
}

// Job is an archive to make.
type Job struct {
	Owner       string // uuid of the user who gets it
	Requester   string // uuid of the service in whose name assets are fetched
	FileService string // its base URL, without a slash at the end
	Name        string // of the zip file
	Files       []File

	info map[string]any // the archive as the file service describes it
}

// File is an asset in an archive.
type File struct {
	Service string   // base URL of the service that keeps it
	UUID    string   // of the asset
	Folders []string // from the outside in
	Name    string
	Time    time.Time // zero: unknown
}

// Archiver is safe for concurrent use.
type Archiver struct {
	cfg   Config
	http  *http.Client
	queue chan *Job

	mu     sync.Mutex // guards the fields below
	owners map[string]bool
	closed bool
}

// New returns an Archiver; nothing is made before Run.
func New(cfg Config) *Archiver {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Dir == "" {
		cfg.Dir = temporaryDir()
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil // services are neighbours
	transport.ResponseHeaderTimeout = answerTimeout
	return &Archiver{
		cfg: cfg, queue: make(chan *Job, maxWaiting), owners: map[string]bool{},
		http: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // tokens go nowhere else
		},
	}
}

func temporaryDir() string {
	if os.Getenv("TMPDIR") == "" {
		if s, err := os.Stat("/var/tmp"); err == nil && s.IsDir() {
			return "/var/tmp"
		}
	}
	return os.TempDir()
}

// Run makes archives until ctx ends; then it cancels those that are not done.
func (a *Archiver) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for range workers {
		g.Go(func() error {
			for {
				select {
				case j := <-a.queue:
					a.work(ctx, j)
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		})
	}
	err := g.Wait()
	a.close()
	return err
}

// close cancels what still waits.
func (a *Archiver) close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), cancelTimeout)
	defer cancel()
	for {
		select {
		case j := <-a.queue:
			a.cancel(ctx, j)
		default:
			return
		}
	}
}

// Start registers j at the file service and queues it. It returns the archive as the file service describes it, or ErrBusy, ErrFull or
// ErrRefused.
func (a *Archiver) Start(ctx context.Context, j *Job) (map[string]any, error) {
	if err := a.reserve(j.Owner); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, registerTimeout)
	defer cancel()
	var err error
	j.info, err = a.describe(ctx, j, map[string]any{
		"id_archive_file_data": 0, "archive_original_filename": j.Name, "archive_owner_uuid": j.Owner,
	})
	if err != nil || j.info["id_archive_file_data"] == nil || j.info["archive_original_filename"] == nil {
		a.release(j.Owner)
		return nil, errors.Join(ErrRefused, err)
	}
	a.queue <- j // has room for every reservation
	return j.info, nil
}

func (a *Archiver) reserve(owner string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.owners[owner]:
		return ErrBusy
	case a.closed || len(a.owners) >= maxWaiting:
		return ErrFull
	}
	a.owners[owner] = true
	return nil
}

func (a *Archiver) release(owner string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.owners, owner)
}

// work makes one archive. Failures end in the log and in the archive's status.
func (a *Archiver) work(ctx context.Context, j *Job) {
	defer a.release(j.Owner)
	started := time.Now()
	log := a.cfg.Log.With("archive", j.info["archive_uuid"], "assets", len(j.Files))
	limited, cancel := context.WithTimeout(ctx, archiveTimeout)
	defer cancel()
	missing, err := a.make(limited, j)
	if err == nil {
		log.Info("archive made", "missing", missing, "duration", time.Since(started))
		return
	}
	log.Error("archive not made", "missing", missing, "error", err)
	late, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer stop()
	a.cancel(late, j)
}

func (a *Archiver) make(ctx context.Context, j *Job) (missing int, err error) {
	if err := a.setStatus(ctx, j, statusInProgress); err != nil {
		a.cfg.Log.Warn("archive status not told", "error", err)
	}
	file, missing, err := a.pack(ctx, j)
	if err != nil {
		return missing, err
	}
	defer file.Close()
	return missing, a.upload(ctx, j, file)
}

func (a *Archiver) cancel(ctx context.Context, j *Job) {
	if err := a.setStatus(ctx, j, statusCancelled); err != nil {
		a.cfg.Log.Warn("archive not cancelled", "error", err)
	}
}
