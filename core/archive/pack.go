package archive

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"unicode"
)

var errTooLarge = fmt.Errorf("the archive is larger than %d bytes", int64(maxBytes))

// pack fetches the files of j into a zip file that has no name any more: closing it deletes it. Assets that their service does not
// give are left out and counted.
func (a *Archiver) pack(ctx context.Context, j *Job) (file *os.File, missing int, err error) {
	file, err = a.temporary()
	if err != nil {
		return nil, 0, err
	}
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	scratch, err := a.temporary() // one asset: a broken download must not end up in the zip file
	if err != nil {
		return nil, 0, err
	}
	defer scratch.Close()
	z := zip.NewWriter(file)
	names := names{}
	left := int64(maxBytes)
	for _, f := range j.Files {
		n, err := a.fetch(ctx, j, f, scratch, left)
		switch {
		case ctx.Err() != nil:
			return nil, missing, ctx.Err()
		case errors.Is(err, errTooLarge), errors.Is(err, errDisk):
			return nil, missing, err
		case err != nil:
			missing++
			a.cfg.Log.Warn("asset left out of an archive", "asset", f.UUID, "error", err)
			continue
		}
		left -= n
		if err := add(z, f, names.unique(f), scratch); err != nil {
			return nil, missing, err
		}
	}
	return file, missing, z.Close()
}

// add copies scratch to the zip file as it is: most assets are compressed already.
func add(z *zip.Writer, f File, name string, scratch *os.File) error {
	if _, err := scratch.Seek(0, io.SeekStart); err != nil {
		return err
	}
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: f.Time})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, scratch)
	return err
}

// temporary makes a file that is gone when it is closed, or when this process ends.
func (a *Archiver) temporary() (*os.File, error) {
	f, err := os.CreateTemp(a.cfg.Dir, "gotera-archive-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// names are those given out in a zip file, and how often each was asked for.
type names map[string]int

// unique is the path of a file in the zip file: a second "a/b.txt" becomes "a/b(2).txt".
func (n names) unique(f File) string {
	parts := make([]string, 0, len(f.Folders)+1)
	for _, folder := range append(append([]string{}, f.Folders...), f.Name) {
		parts = append(parts, clean(folder))
	}
	full := path.Join(parts...)
	ext := path.Ext(parts[len(parts)-1])
	stem := strings.TrimSuffix(full, ext)
	n[full]++
	if n[full] == 1 {
		return full
	}
	for k := n[full]; ; k++ {
		name := fmt.Sprintf("%s(%d)%s", stem, k, ext)
		if n[name] == 0 {
			n[name] = 1
			return name
		}
	}
}

// maxName is the longest name of a file that common file systems take, in bytes.
const maxName = 200

// clean makes one part of a path out of a name that people wrote: it cannot lead out of its folder.
func clean(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	name = strings.TrimSpace(name)
	for len(name) > maxName {
		ext := path.Ext(name)
		if len(ext) > 20 {
			ext = ""
		}
		stem := []rune(strings.TrimSuffix(name, ext))
		name = string(stem[:len(stem)-1]) + ext
	}
	if strings.Trim(name, ".") == "" {
		return "_"
	}
	return name
}
