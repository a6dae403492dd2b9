package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
)

// Of archive_status (core.md 1.7).
const (
	statusInProgress = 1
	statusCancelled  = 3
)

// maxAnswer bounds the file service's answers, in bytes.
const maxAnswer = 64 << 10

// describe posts an archive object to the file service and returns the one that it answers with.
func (a *Archiver) describe(ctx context.Context, j *Job, archive map[string]any) (map[string]any, error) {
	body, err := json.Marshal(map[string]any{"archive": archive})
	if err != nil {
		return nil, err
	}
	r, err := a.request(ctx, j, http.MethodPost, j.FileService+"/api/archives/infos", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := a.do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var info map[string]any
	d := json.NewDecoder(io.LimitReader(answer.Body, maxAnswer))
	d.UseNumber() // to give back as it came
	if err := d.Decode(&info); err != nil {
		return nil, fmt.Errorf("answer of the file service: %w", err)
	}
	return info, nil
}

func (a *Archiver) setStatus(ctx context.Context, j *Job, status int) error {
	archive := maps.Clone(j.info)
	archive["archive_status"] = status
	_, err := a.describe(ctx, j, archive)
	return err
}

// upload sends the zip file, which sets the status to completed.
func (a *Archiver) upload(ctx context.Context, j *Job, file *os.File) error {
	size, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	info, err := json.Marshal(j.info)
	if err != nil {
		return err
	}
	var head bytes.Buffer
	form := multipart.NewWriter(&head)
	if err := form.WriteField("archive", string(info)); err != nil {
		return err
	}
	if _, err := form.CreateFormFile("file", fmt.Sprint(j.info["archive_original_filename"])); err != nil {
		return err
	}
	tail := "\r\n--" + form.Boundary() + "--\r\n"
	length := int64(head.Len()) + size + int64(len(tail))
	r, err := a.request(ctx, j, http.MethodPost, j.FileService+"/api/archives", io.MultiReader(&head, file, bytes.NewReader([]byte(tail))))
	if err != nil {
		return err
	}
	r.ContentLength = length
	r.Header.Set("Content-Type", form.FormDataContentType())
	answer, err := a.do(r)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

var errDisk = errors.New("temporary file")

// fetch downloads an asset from its service to the start of to; limit is in bytes.
func (a *Archiver) fetch(ctx context.Context, j *Job, f File, to *os.File, limit int64) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, assetTimeout)
	defer cancel()
	access, err := a.cfg.AssetToken(f.UUID, j.Requester)
	if err != nil {
		return 0, err
	}
	query := url.Values{"asset_uuid": {f.UUID}, "access_token": {access}}
	r, err := a.request(ctx, j, http.MethodGet, f.Service+"/api/assets?"+query.Encode(), nil)
	if err != nil {
		return 0, err
	}
	answer, err := a.do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if err := to.Truncate(0); err != nil {
		return 0, errors.Join(errDisk, err)
	}
	if _, err := to.Seek(0, io.SeekStart); err != nil {
		return 0, errors.Join(errDisk, err)
	}
	n, err := io.Copy(diskWriter{to}, io.LimitReader(answer.Body, limit+1))
	if err == nil && n > limit {
		err = errTooLarge
	}
	return n, err
}

// diskWriter marks what goes wrong here, not at the service.
type diskWriter struct{ file *os.File }

func (w diskWriter) Write(b []byte) (int, error) {
	n, err := w.file.Write(b)
	if err != nil {
		err = errors.Join(errDisk, err)
	}
	return n, err
}

// request is one in the name of the job's requester.
func (a *Archiver) request(ctx context.Context, j *Job, method, target string, body io.Reader) (*http.Request, error) {
	t, err := a.cfg.ServiceToken(j.Requester)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "OpenTera "+t)
	return r, nil
}

// do sends r. Everything but 200 is an error. Errors do not hold the query, in which there are tokens.
func (a *Archiver) do(r *http.Request) (*http.Response, error) {
	answer, err := a.http.Do(r)
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
	}
	if answer.StatusCode != http.StatusOK {
		answer.Body.Close()
		return nil, fmt.Errorf("%s %s: status %d", r.Method, r.URL.Path, answer.StatusCode)
	}
	return answer, nil
}
