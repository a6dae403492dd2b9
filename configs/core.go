package configs

// Core configures `gotera core`; the shape is that of OpenTera's TeraServerConfig.ini (core.md 11.3).
type Core struct {
	Server   Server   `json:"Server"`
	Database Database `json:"Database"`
	Redis    Redis    `json:"Redis"`
}

// Server is where the core listens and how clients reach it.
type Server struct {
	Name            string `json:"name"`
	Hostname        string `json:"hostname"`       // put in websocket URLs when no proxy header says otherwise
	Port            int    `json:"port"`           // of the core itself, plain HTTP unless UseSSL
	ListenAddress   string `json:"listen_address"` // not in OpenTera's file; default 127.0.0.1
	UseSSL          bool   `json:"use_ssl"`
	SSLPath         string `json:"ssl_path"`
	SiteCertificate string `json:"site_certificate"`
	SitePrivateKey  string `json:"site_private_key"`
	CACertificate   string `json:"ca_certificate"`
	CAPrivateKey    string `json:"ca_private_key"`
	// ClientCertificates believes the X-SSL headers of a proxy on this machine, which must overwrite what clients send, as
	// the sites of OpenTera and gotera do. Not in OpenTera's file; default true.
	ClientCertificates bool   `json:"client_certificates"`
	UploadPath         string `json:"upload_path"`
	DebugMode          bool   `json:"debug_mode"`
	EnableDocs         bool   `json:"enable_docs"`
}

// Database says where the tables are.
type Database struct {
	Type     string `json:"db_type"` // "sqlite", or anything else for PostgreSQL (OpenTera ignores this key)
	Name     string `json:"name"`    // database name; for sqlite the path of the file
	URL      string `json:"url"`     // host name
	Port     int    `json:"port"`
	Username string `json:"username"`
	Password string `json:"password"`
}

func (c Core) check(file string) error {
	for _, err := range []error{
		port(file, "Server.port", c.Server.Port),
		required(file, "Server.hostname", c.Server.Hostname),
		required(file, "Database.name", c.Database.Name),
		required(file, "Redis.hostname", c.Redis.Hostname),
		port(file, "Redis.port", c.Redis.Port),
	} {
		if err != nil {
			return err
		}
	}
	if c.Database.Type != "sqlite" {
		if err := required(file, "Database.url", c.Database.URL); err != nil {
			return err
		}
		return port(file, "Database.port", c.Database.Port)
	}
	return nil
}
