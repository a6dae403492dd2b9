package main

import (
	"fmt"
	"io"

	"github.com/gotera/gotera/core/server"
)

// greet prints where to go: the only place where generated passwords and links are shown.
func (o *serveOptions) greet(w io.Writer, port int, s server.Started) {
	base := "https://" + o.hostname
	if port != 443 {
		base += fmt.Sprintf(":%d", port)
	}
	fmt.Fprintf(w, "\n  gotera is ready: %s/rehab/\n", base)
	if s.AdminPassword != "" {
		fmt.Fprintf(w, "  first start: user \"admin\", password %s (shown once; it must be changed at the first login)\n", s.AdminPassword)
	}
	if d := s.Demo; d != nil {
		fmt.Fprintf(w, "\n  clinician    %s / %s\n", d.Username, d.Password)
		for _, p := range d.Participants {
			fmt.Fprintf(w, "  participant  %-18s %s/rehab/participant?token=%s\n", p.Name, base, p.Token)
		}
		for _, dev := range d.Devices {
			fmt.Fprintf(w, "  device       %-18s gotera peer --insecure --login %s --token %s\n", dev.Name, base, dev.Token)
		}
	}
	fmt.Fprintln(w, "\n  The certificate is made by a local authority: accept it once in the browser. Ctrl-C stops everything.")
	fmt.Fprintln(w)
}
