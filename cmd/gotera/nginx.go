package main

import (
	"context"
	"fmt"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/ingress"
)

// nginx prints the site file with the port ranges of the given configurations.
func nginx(_ context.Context, args []string) error {
	fs := flags("nginx")
	coreFile := fs.String("core-config", "", "the core's configuration file")
	rehabFile := fs.String("rehab-config", "", "the VideoRehab service's configuration file")
	certFile := fs.String("cert", "/etc/gotera/site_cert.pem", "PEM certificate")
	keyFile := fs.String("key", "/etc/gotera/site_key.pem", "PEM key")
	clientCA := fs.String("client-ca", "", "PEM certificate that signs the certificates of devices (the core's ca_certificate); empty: they log in by token")
	if err := parse(fs, args); err != nil {
		return err
	}
	c, err := configs.LoadCore(*coreFile)
	if err != nil {
		return err
	}
	r, err := configs.LoadRehab(*rehabFile)
	if err != nil {
		return err
	}
	cfg := ingress.Defaults()
	cfg.Listen = fmt.Sprintf(":%d", r.WebRTC.ExternalPort)
	cfg.CertFile, cfg.KeyFile, cfg.ClientCAFile = *certFile, *keyFile, *clientCA
	cfg.Core = fmt.Sprintf("127.0.0.1:%d", c.Server.Port)
	cfg.Rehab = fmt.Sprintf("127.0.0.1:%d", r.Service.Port)
	cfg.BasePort, cfg.MaxSessions = r.WebRTC.LocalBasePort, r.WebRTC.MaxSessions
	cfg.ExternalHost, cfg.ExternalPort = r.WebRTC.Hostname, r.WebRTC.ExternalPort
	fmt.Print(ingress.NginxConfig(cfg))
	return nil
}
