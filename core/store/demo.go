package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/gotera/gotera/core"
)

// settingDemo remembers, as JSON, the keys of the rows that Demo made.
const settingDemo = "GoteraDemo"

// DemoData is what `gotera serve --demo` shows. Rows deleted since are left out.
type DemoData struct {
	Site         *Site
	Project      *Project
	SessionType  *SessionType
	Clinician    *User
	Password     string // of the clinician; empty once somebody has changed it
	Participants []*Participant
	Device       *Device
}

type demoKeys struct {
	Site, Project, SessionType, Clinician, Device int
	Participants                                  []int
}

// Demo makes a site with a project, a clinician, three participants with links, a device and a session type of
// VideoRehabService, once: a second call returns the same rows. It needs Defaults.
func (s *Store) Demo(ctx context.Context) (*DemoData, error) {
	var data *DemoData
	err := s.Write(ctx, func(tx *Tx) error {
		if err := lockSetup(ctx, tx.db); err != nil {
			return err
		}
		keys, err := tx.demoKeys(ctx)
		if errors.Is(err, ErrNotFound) {
			keys, err = tx.makeDemo(ctx)
		}
		if err != nil {
			return err
		}
		data, err = tx.readDemo(ctx, keys)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("demo data: %w", err)
	}
	return data, nil
}

func (tx *Tx) demoKeys(ctx context.Context) (*demoKeys, error) {
	text, err := tx.Setting(ctx, settingDemo)
	if err != nil {
		return nil, err
	}
	keys := new(demoKeys)
	return keys, json.Unmarshal([]byte(text), keys)
}

func (tx *Tx) makeDemo(ctx context.Context) (*demoKeys, error) {
	site := &Site{Name: "Demo clinic"}
	if err := tx.Insert(ctx, site); err != nil {
		return nil, err
	}
	project := &Project{SiteID: site.ID, Name: "Demo project", Enabled: true}
	if err := tx.Insert(ctx, project); err != nil {
		return nil, err
	}
	sessionType, err := tx.demoSessionType(ctx, site, project)
	if err != nil {
		return nil, err
	}
	clinician, err := tx.demoClinician(ctx, project)
	if err != nil {
		return nil, err
	}
	keys := &demoKeys{Site: site.ID, Project: project.ID, SessionType: sessionType.ID, Clinician: clinician.ID}
	for _, name := range []string{"Alex Tremblay", "Sam Gagnon", "Noor Haddad"} {
		p := &Participant{Name: name, ProjectID: project.ID, Enabled: true, TokenEnabled: true}
		if err := tx.Insert(ctx, p); err != nil {
			return nil, err
		}
		keys.Participants = append(keys.Participants, p.ID)
	}
	device, err := tx.demoDevice(ctx, site, project)
	if err != nil {
		return nil, err
	}
	keys.Device = device.ID
	text, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	return keys, tx.SetSetting(ctx, settingDemo, string(text))
}

func (tx *Tx) demoSessionType(ctx context.Context, site *Site, project *Project) (*SessionType, error) {
	service, err := tx.ServiceByKey(ctx, core.ServiceVideoRehab)
	if err != nil {
		return nil, err
	}
	t := &SessionType{ServiceID: &service.ID, Name: "Video session", Online: true, Color: "#1D7AE0", Category: core.CategoryService, Config: ptr("")}
	for _, row := range []func() Row{
		func() Row { return t },
		func() Row { return &SessionTypeSite{SessionTypeID: t.ID, SiteID: site.ID} },          // and its service
		func() Row { return &SessionTypeProject{SessionTypeID: t.ID, ProjectID: project.ID} }, // and its service
	} {
		if err := tx.Insert(ctx, row()); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// demoClinician administers the project, through a group.
func (tx *Tx) demoClinician(ctx context.Context, project *Project) (*User, error) {
	password, err := tx.demoPassword(ctx)
	if err != nil {
		return nil, err
	}
	u := &User{Username: "clinician", Password: password, FirstName: "Camille", LastName: "Roy", Enabled: true}
	if _, err := tx.UserByUsername(ctx, u.Username); err == nil {
		u.Username = "demo-clinician" // that name is taken
	}
	if err := tx.Insert(ctx, u); err != nil {
		return nil, err
	}
	group := &UserGroup{Name: "Demo clinicians"}
	if err := tx.Insert(ctx, group); err != nil {
		return nil, err
	}
	role, err := tx.ids(ctx, "SELECT id_service_role FROM t_services_roles WHERE id_project = ? AND service_role_name = ? AND deleted_at IS NULL",
		project.ID, core.RoleAdmin)
	if err != nil || len(role) == 0 {
		return nil, errors.Join(err, fmt.Errorf("role %s of project %d: %w", core.RoleAdmin, project.ID, ErrNotFound))
	}
	if err := tx.Insert(ctx, &ServiceAccess{UserGroupID: &group.ID, RoleID: role[0]}); err != nil {
		return nil, err
	}
	return u, tx.Insert(ctx, &UserUserGroup{UserID: u.ID, UserGroupID: group.ID})
}

func (tx *Tx) demoDevice(ctx context.Context, site *Site, project *Project) (*Device, error) {
	kind, err := tx.DeviceTypeByKey(ctx, "robot")
	if errors.Is(err, ErrNotFound) {
		kind = &DeviceType{Name: "Robot", Key: "robot"}
		err = tx.Insert(ctx, kind)
	}
	if err != nil {
		return nil, err
	}
	d := &Device{Name: "Demo robot", TypeID: kind.ID, Enabled: true, Onlineable: true}
	if err := tx.Insert(ctx, d); err != nil {
		return nil, err
	}
	if err := tx.Insert(ctx, &DeviceSite{DeviceID: d.ID, SiteID: site.ID}); err != nil {
		return nil, err
	}
	return d, tx.Insert(ctx, &DeviceProject{DeviceID: d.ID, ProjectID: project.ID})
}

// demoPassword is the same at each start without being stored: derived from a secret of this database.
func (tx *Tx) demoPassword(ctx context.Context) (string, error) {
	key, err := tx.Setting(ctx, SettingDeviceTokenKey)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte("gotera demo clinician"))
	text := strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil)))
	return "Demo-7-" + text[:6] + "-" + text[6:12], nil
}

func (tx *Tx) readDemo(ctx context.Context, keys *demoKeys) (*DemoData, error) {
	d := &DemoData{}
	var err error
	d.Participants, err = tx.Participants(ctx, Everything(), ParticipantQuery{IDs: keys.Participants})
	for _, e := range []error{
		err,
		optional(ctx, tx, keys.Site, &d.Site),
		optional(ctx, tx, keys.Project, &d.Project),
		optional(ctx, tx, keys.SessionType, &d.SessionType),
		optional(ctx, tx, keys.Clinician, &d.Clinician),
		optional(ctx, tx, keys.Device, &d.Device),
	} {
		if e != nil {
			return nil, e
		}
	}
	password, err := tx.demoPassword(ctx)
	if err != nil {
		return nil, err
	}
	if d.Clinician != nil && CheckPassword(d.Clinician.Password, password) {
		d.Password = password
	}
	return d, nil
}

// optional reads a row that may be gone.
func optional[T any](ctx context.Context, tx *Tx, id int, into **T) error {
	row, err := Get[T](ctx, tx, id)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	*into = row
	return err
}
