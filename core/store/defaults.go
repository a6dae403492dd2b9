package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/gotera/gotera/core"
)

// DefaultsMode chooses the default data.
type DefaultsMode int

const (
	Production DefaultsMode = iota // core.md 2.1
	TestMode                       // core.md 2.2: weak passwords on purpose, never for real data
)

// Credentials of an account that was just made. The password is stored as a hash only: show it now or never.
type Credentials struct {
	Username, Password string
}

// serverServiceUUID is OpenTera's fixed UUID of the server itself as a service (core.md 9.2).
const serverServiceUUID = "00000000-0000-0000-0000-000000000001"

// Defaults fills what is missing, at every start: each group of tables only when its table has no live row (core.md 2).
// It returns the administrator's credentials when it had to make one, else nil. All or nothing.
func (s *Store) Defaults(ctx context.Context, mode DefaultsMode) (*Credentials, error) {
	var made *Credentials
	err := s.Write(ctx, func(tx *Tx) error {
		if err := lockSetup(ctx, tx.db); err != nil {
			return err
		}
		d := &seeder{Tx: tx, test: mode == TestMode}
		if err := d.run(ctx); err != nil {
			return err
		}
		made = d.admin
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("default data: %w", err)
	}
	return made, nil
}

// seeder makes the default data in one transaction.
type seeder struct {
	*Tx
	test  bool
	admin *Credentials
}

// group is a table and what fills it while it is empty; test groups exist in test mode only.
type group struct {
	table string
	test  bool
	fill  func(ctx context.Context) error
}

func (d *seeder) run(ctx context.Context) error {
	for _, g := range []group{ // the order of core.md 2
		{"t_server_settings", false, d.settings},
		{"t_services", false, d.services},
		{"t_services_roles", false, d.serviceRoles},
		{"t_sites", false, d.sites},
		{"t_projects", true, d.projects},
		{"t_devices_types", true, d.deviceTypes},
		{"t_services_projects", true, d.serviceProjects},
		{"t_services_sites", false, d.serviceSites},
		{"t_participants_groups", true, d.participantGroups},
		{"t_users_groups", true, d.userGroups},
		{"t_participants", true, d.participants},
		{"t_users", false, d.users},
		{"t_devices", true, d.devices},
		{"t_devices_sites", false, d.deviceSites},
		{"t_sessions_types", true, d.sessionTypes},
		{"t_sessions_types_sites", false, d.sessionTypeSites},
		{"t_sessions_types_services", true, d.sessionTypeServices},
		{"t_sessions", true, d.sessions},
		{"t_assets", true, d.assets},
		{"t_services_configs", true, d.serviceConfigs},
		{"t_tests_types", true, d.testTypes},
		{"t_tests", true, d.tests},
	} {
		if g.test && !d.test {
			continue
		}
		empty, err := d.empty(ctx, g.table)
		if err != nil {
			return err
		}
		if !empty {
			continue
		}
		if err := g.fill(ctx); err != nil {
			return fmt.Errorf("%s: %w", g.table, err)
		}
	}
	return nil
}

func (d *seeder) empty(ctx context.Context, name string) (bool, error) {
	n, err := d.count(ctx, "SELECT count(*) FROM "+name+" WHERE ?", alive(tableNamed(name)))
	return n == 0, err
}

// add stores rows as they are, in order.
func (d *seeder) add(ctx context.Context, rows ...Row) error {
	for _, row := range rows {
		if err := d.insertAsIs(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

func (d *seeder) settings(ctx context.Context) error {
	return d.add(ctx,
		&ServerSetting{Name: SettingDeviceTokenKey, Value: randomText(alphanumerics, 32)},
		&ServerSetting{Name: SettingParticipantTokenKey, Value: randomText(alphanumerics, 32)},
		&ServerSetting{Name: SettingDeviceRegisterKey, Value: randomText(alphanumerics, 10)},
		&ServerSetting{Name: SettingServerUUID, Value: uuid.NewString()},
	)
}

func (d *seeder) services(ctx context.Context) error {
	service := func(key, name string, port int, client string, system bool) *Service {
		return &Service{
			UUID: uuid.NewString(), Key: key, Name: name, Hostname: "127.0.0.1", Port: port, Endpoint: "/", ClientEndpoint: client,
			Enabled: true, System: system, DefaultConfig: ptr("{}"),
		}
	}
	server := service(core.ServiceOpenTera, "OpenTera Server", 4040, "/", true)
	server.UUID, server.EditableConfig = serverServiceUUID, true
	server.EndpointUser, server.EndpointParticipant, server.EndpointDevice = ptr("/user"), ptr("/participant"), ptr("/device")
	file := service(core.ServiceFileTransfer, "File Transfer Service", 4042, "/file", true)
	file.HasAssets = true
	rehab := service(core.ServiceVideoRehab, "Télé-réadaptation vidéo", 4070, "/rehab", true)
	rehab.EditableConfig, rehab.EndpointParticipant = true, ptr("/participant")
	rows := []Row{
		server,
		service(core.ServiceLogging, "Logging Service", 4041, "/log", true),
		file,
		service(core.ServiceEmail, "Email Service", 4043, "/mail", true),
	}
	if !d.test {
		return d.add(ctx, append(rows, rehab)...)
	}
	robot := service("RobotTeleOperationService", "Robot Teleoperation Service", 4080, "/robot", false)
	robot.HasTests = true
	return d.add(ctx, append(rows, service("BureauActif", "Bureau Actif", 4050, "/bureau", false), rehab, robot)...)
}

func (d *seeder) serviceRoles(ctx context.Context) error {
	services, err := Accessible[Service](ctx, d.Tx, Everything())
	if err != nil {
		return err
	}
	for _, s := range services {
		if s.Key == core.ServiceOpenTera {
			continue // its roles belong to sites and projects
		}
		if err := d.add(ctx, &ServiceRole{ServiceID: s.ID, Name: core.RoleAdmin}, &ServiceRole{ServiceID: s.ID, Name: core.RoleUser}); err != nil {
			return err
		}
	}
	return nil
}

func (d *seeder) sites(ctx context.Context) error {
	if err := d.Insert(ctx, &Site{Name: "Default Site"}); err != nil || !d.test {
		return err
	}
	return d.Insert(ctx, &Site{Name: "Top Secret Site"})
}

// users makes the administrator with a password of its own, to be changed at the first login; upstream's is "admin".
func (d *seeder) users(ctx context.Context) error {
	if d.test {
		return d.testUsers(ctx)
	}
	password := NewPassword()
	hash, err := d.hash(password)
	if err != nil {
		return err
	}
	d.admin = &Credentials{"admin", password}
	return d.add(ctx, &User{
		UUID: uuid.NewString(), Username: "admin", Password: hash, FirstName: "Super", LastName: "Admin",
		Email: ptr("admin@opentera.org"), SuperAdmin: true, Enabled: true, ForcePasswordChange: true,
	})
}

// The next three give a site what its projects have already: databases from before those tables (core.md 2.1).

func (d *seeder) serviceSites(ctx context.Context) error {
	if d.test {
		return d.testServiceSites(ctx)
	}
	return d.backfill(ctx, "t_services_projects", "id_service", func(id, site int) Row { return &ServiceSite{ServiceID: id, SiteID: site} })
}

func (d *seeder) deviceSites(ctx context.Context) error {
	if d.test {
		return d.testDeviceSites(ctx)
	}
	return d.backfill(ctx, "t_devices_projects", "id_device", func(id, site int) Row { return &DeviceSite{DeviceID: id, SiteID: site} })
}

func (d *seeder) sessionTypeSites(ctx context.Context) error {
	if d.test {
		return d.testSessionTypeSites(ctx)
	}
	return d.backfill(ctx, "t_sessions_types_projects", "id_session_type", func(id, site int) Row {
		return &SessionTypeSite{SessionTypeID: id, SiteID: site}
	})
}

func (d *seeder) backfill(ctx context.Context, link, key string, row func(id, site int) Row) error {
	var pairs []struct {
		ID   int `bun:"id"`
		Site int `bun:"id_site"`
	}
	err := d.db.NewRaw("SELECT DISTINCT l."+key+" AS id, j.id_site FROM "+link+` l
		JOIN t_projects j ON j.id_project = l.id_project AND j.deleted_at IS NULL
		WHERE l.deleted_at IS NULL ORDER BY 1, 2`).Scan(ctx, &pairs)
	if err != nil {
		return translate(err)
	}
	for _, p := range pairs {
		if err := d.Insert(ctx, row(p.ID, p.Site)); err != nil {
			return err
		}
	}
	return nil
}
