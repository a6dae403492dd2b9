package rest

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/web"
)

// mountPages adds the pages for people (core.md 4.6). What they show is in web/src/login, web/src/about and web/src/doc.
func (a *API) mountPages(r chi.Router) {
	r.HandleFunc("/login", a.loginPage)
	for path, step := range map[string]string{
		"/login_change_password": "password", "/login_setup_2fa": "setup", "/login_validate_2fa": "code",
	} {
		r.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { a.loginStepPage(w, r, step) })
	}
	r.HandleFunc("/about", a.aboutPage)
	r.HandleFunc("/doc", a.docPage)
	r.Handle("/assets/*", web.Assets())
	if a.cfg.Docs {
		for _, path := range []string{"/api/openapi.json", "/api/swagger.json"} {
			r.Get(path, a.openAPI)
		}
	}
}

// loginBoot is what the login pages know when they open.
type loginBoot struct {
	Step     string `json:"step"` // login, password, setup or code
	Server   string `json:"server"`
	Version  string `json:"version"`
	Username string `json:"username"` // after the password
	Service  bool   `json:"service"`  // a service waits for this login
	NoLogo   bool   `json:"noLogo"`
	Home     string `json:"home"` // where people go who came for no service
}

// loginPage shows the first step. A service that wants a login has put its code into the address (core.md 9.9).
func (a *API) loginPage(w http.ResponseWriter, r *http.Request) {
	code := r.URL.Query().Get("auth_code")
	a.login.KeepAuthCode(w, r, code)
	b := a.loginBoot(r, "login")
	b.Service = code != ""
	a.page(w, r, "login", b)
}

// loginStepPage shows a further step to whoever gave a password in this browser.
func (a *API) loginStepPage(w http.ResponseWriter, r *http.Request, step string) {
	id, err := a.login.UserSession(r)
	if err != nil {
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	b := a.loginBoot(r, step)
	b.Username = id.User.Username
	a.page(w, r, "login", b)
}

func (a *API) loginBoot(r *http.Request, step string) loginBoot {
	b := loginBoot{Step: step, Server: a.cfg.Name, Version: a.versions(r).Version, NoLogo: r.URL.Query().Has("no_logo")}
	if s, err := a.store.ServiceByKey(r.Context(), core.ServiceVideoRehab); err == nil && s.Enabled {
		if home, err := url.JoinPath(s.ClientEndpoint, "/"); err == nil {
			b.Home = home
		}
	}
	return b
}

// versions is the ServerVersions setting (core.md 11.4); empty when it cannot be read.
func (a *API) versions(r *http.Request) (v struct {
	Version string                   `json:"version_string"`
	Clients map[string]clientVersion `json:"clients"`
}) {
	text, err := a.store.Setting(r.Context(), store.SettingServerVersions)
	if err == nil {
		err = json.Unmarshal([]byte(text), &v)
	}
	if err != nil {
		a.log.Warn("server versions not read", "error", err)
	}
	return v
}

// clientVersion is a program that the server knows.
type clientVersion struct {
	Name        string `json:"client_name"`
	Description string `json:"client_description"`
	Version     string `json:"client_version"`
	Docs        string `json:"client_documentation_url"`
	Windows     string `json:"client_windows_download_url"`
	Mac         string `json:"client_mac_download_url"`
	Linux       string `json:"client_linux_download_url"`
}

func (a *API) aboutPage(w http.ResponseWriter, r *http.Request) {
	v := a.versions(r)
	host, port := (&call{Request: r, api: a}).external()
	clients := []clientVersion{}
	for _, name := range slices.Sorted(maps.Keys(v.Clients)) {
		clients = append(clients, v.Clients[name])
	}
	a.page(w, r, "about", map[string]any{
		"server": a.cfg.Name, "version": v.Version, "address": "https://" + host + ":" + strconv.Itoa(port),
		"clients": clients, "docs": a.cfg.Docs,
	})
}

// docPage is the interactive documentation, or says that the operator has not enabled it.
func (a *API) docPage(w http.ResponseWriter, r *http.Request) {
	a.page(w, r, "doc", map[string]any{"server": a.cfg.Name, "enabled": a.cfg.Docs})
}

// openAPI sends the description of the API, under OpenTera's name for it too.
func (a *API) openAPI(w http.ResponseWriter, _ *http.Request) {
	headers(w)
	write(w, http.StatusOK, openAPI(a.cfg.Name))
}

func (a *API) page(w http.ResponseWriter, r *http.Request, name string, boot any) {
	web.Handler(name, boot).ServeHTTP(w, r)
}
