// Package disk writes small files so that they are whole and on the disk, or as they were before.
package disk

import (
	"fmt"
	"os"
	"path/filepath"
)

// Write replaces path by a file with mode 0600 and the given content. When it returns nil the content survives a
// loss of power; when it fails the old file is still there.
func Write(path string, content []byte) error {
	if err := replace(path, content, true); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// Replace is Write for what changes every few seconds: the content survives the end of this process, but is not waited
// for until it is on the disk.
func Replace(path string, content []byte) error { return replace(path, content, false) }

func replace(path string, content []byte, flush bool) error {
	tmp := path + ".new"
	err := write(tmp, content, flush)
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		os.Remove(tmp)
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Remove deletes path for good. A file that is not there is no error.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func write(path string, content []byte, flush bool) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil && flush {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
