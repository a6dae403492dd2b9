package ingress

import (
	_ "embed"
	"fmt"
	"net"
	"strings"
	"text/template"
	"time"
)

//go:embed nginx.tmpl
var nginxText string

var nginxTemplate = template.Must(template.New("nginx").Funcs(template.FuncMap{
	"mb":      func(n int64) string { return fmt.Sprintf("%dm", n>>20) },
	"seconds": func(d time.Duration) string { return fmt.Sprintf("%ds", int(d.Seconds())) },
}).Parse(nginxText))

// NginxConfig is a site file for NGINX (1.18 or newer, in its http context) with the routes, headers and limits of the
// built-in ingress. Services without an address in cfg have no route. It panics on a configuration that Run refuses.
func NginxConfig(cfg Config) string {
	cfg, err := cfg.check()
	if err != nil {
		panic(fmt.Sprintf("ingress: %v", err))
	}
	host, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		panic(fmt.Sprintf("ingress: %v", err))
	}
	listen := []string{port, "[::]:" + port}
	if host != "" {
		listen = []string{net.JoinHostPort(host, port)}
	}
	var b strings.Builder
	err = nginxTemplate.Execute(&b, map[string]any{
		"C": cfg, "Listen": listen, "Routes": nginxRoutes(cfg), "Body": int64(bodyLimit), "Timeout": readTimeout,
		"Forbidden": forbidden, "NotRunning": strings.ReplaceAll(notRunning, "\n", `\n`),
	})
	if err != nil {
		panic(err) // of the template alone
	}
	return b.String()
}

// nginxRoute is a route as the template shows it.
type nginxRoute struct {
	Comment, Location, Script, Rewrite, Target string
	Upgrade, Stream, Redirects, Certificate    bool
	Body                                       int64         // 0: the server's
	Timeout                                    time.Duration // 0: the server's
	Dead                                       string        // prefix that is answered 404 when Location does not match
}

func nginxRoutes(cfg Config) (routes []nginxRoute) {
	for _, r := range cfg.routes() {
		n := nginxRoute{
			Location: r.path, Script: r.script, Target: "http://" + r.target,
			Upgrade: r.upgrade, Stream: r.stream, Redirects: r.strip && !r.room(),
			Certificate: r.device && cfg.ClientCAFile != "",
		}
		if r.body != bodyLimit {
			n.Body = r.body
		}
		if r.timeout != readTimeout {
			n.Timeout = r.timeout
		}
		if r.strip && !r.room() {
			n.Target += "/"
		}
		if r.room() {
			n.Dead = r.path
			if cfg.MaxSessions == 0 {
				n.Location = ""
			} else {
				n.Location = fmt.Sprintf(`~ ^%s(?<room>%s)/`, r.path, portPattern(cfg.BasePort, cfg.BasePort+cfg.MaxSessions-1))
			}
			n.Target = "http://127.0.0.1:$room"
			if r.strip {
				n.Rewrite = "^" + r.path + `\d+/(.*)$ /$1`
			}
		}
		routes = append(routes, n)
	}
	return routes
}
