package rest

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/archive"
	"github.com/gotera/gotera/core/store"
)

var userAssetsArchiveIn = params{doc: "Has the file service keep a zip file of the assets of a project, a participant or a session, which is made in the background.", list: []param{
	{name: "id_participant", kind: integer, help: "ID of the participant from which to request all associated assets"},
	{name: "id_project", kind: integer, help: "ID of the project from which to request all associated assets"},
	{name: "id_session", kind: integer, help: "ID of the session from which to request all associated assets"},
}}

// maxArchived bounds the assets of one archive.
const maxArchived = 50_000

// getUserAssetsArchive answers with the archive as the file service describes it.
func (a *API) getUserAssetsArchive(c *call) (any, error) {
	q, err := archiveQuery(c)
	if err != nil {
		return nil, err
	}
	assets, err := a.store.ArchiveAssets(c.ctx(), c.access(), q, maxArchived+1)
	if err != nil {
		return nil, err
	}
	if len(assets) > maxArchived {
		return nil, fail(http.StatusBadRequest, "Too many assets for one archive")
	}
	job, err := a.archiveJob(c, assets)
	if err != nil {
		return nil, err
	}
	info, err := a.cfg.Archives.Start(c.ctx(), job)
	switch {
	case errors.Is(err, archive.ErrBusy):
		return nil, fail(http.StatusTooManyRequests, "An archive is already being prepared")
	case errors.Is(err, archive.ErrFull):
		return nil, fail(http.StatusServiceUnavailable, "Too many archives are being prepared")
	case errors.Is(err, archive.ErrRefused):
		a.log.Warn("archive refused", "error", err)
		return nil, errNoArchive
	}
	return info, err
}

var errNoArchive = fail(http.StatusNotImplemented, "Unable to create archive information from FileTransferService")

// archiveQuery takes the one argument, and checks it.
func archiveQuery(c *call) (q store.ArchiveQuery, err error) {
	if len(c.args) != 1 {
		return q, fail(http.StatusBadRequest, "Only one of the ID parameter is supported at once")
	}
	q = store.ArchiveQuery{Project: c.args.int("id_project"), Participant: c.args.int("id_participant"), Session: c.args.int("id_session")}
	switch {
	case q.Project != 0:
		err = must[store.Project](c, errForbidden, q.Project)
	case q.Participant != 0:
		err = must[store.Participant](c, errForbidden, q.Participant)
	case q.Session != 0:
		err = must[store.Session](c, errForbidden, q.Session)
	default:
		err = errForbidden // a zero id is nobody's
	}
	return q, err
}

// archiveJob says where each asset is and where it goes: <site>/<project>/<participant>/<id>_<session>. Assets of
// services that are disabled, and of the server itself, which keeps no files, are left out.
func (a *API) archiveJob(c *call, assets []store.ArchiveAsset) (*archive.Job, error) {
	services, err := a.store.EnabledServices(c.ctx())
	if err != nil {
		return nil, err
	}
	at := map[string]string{} // base URL by uuid
	job := &archive.Job{Owner: c.id.User.UUID, Name: time.Now().In(a.store.Location()).Format("2006-01-02_15-04-05") + "_archive.zip"}
	for _, s := range services {
		base := "http://" + net.JoinHostPort(s.Hostname, strconv.Itoa(s.Port))
		switch s.Key {
		case core.ServiceOpenTera:
			job.Requester = s.UUID
			continue
		case core.ServiceFileTransfer:
			job.FileService = base
		}
		at[s.UUID] = base
	}
	if job.FileService == "" || job.Requester == "" {
		return nil, errNoArchive
	}
	for _, x := range assets {
		if base := at[x.Asset.ServiceUUID]; base != "" {
			job.Files = append(job.Files, archivedFile(base, x))
		}
	}
	return job, nil
}

func archivedFile(service string, x store.ArchiveAsset) archive.File {
	f := archive.File{Service: service, UUID: x.Asset.UUID, Name: x.Asset.Name}
	if x.Asset.Time != nil {
		f.Time = *x.Asset.Time
	}
	if x.Site != nil {
		f.Folders = append(f.Folders, x.Site.Name, x.Project.Name, x.Participant.Name)
	}
	f.Folders = append(f.Folders, fmt.Sprintf("%d_%s", x.Session.ID, x.Session.Name))
	return f
}
