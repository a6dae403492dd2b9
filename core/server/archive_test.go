package server_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// fileService plays OpenTera's file service (core.md 10.1).
type fileService struct {
	*httptest.Server
	t testing.TB

	mu       sync.Mutex // guards the fields below
	assets   map[string]string
	statuses []any // as they were posted; nil for a new archive
	tokens   []map[string]any
	access   []map[string]any
	names    []string
	uploads  [][]byte
	refuse   bool
	hold     chan struct{} // not nil: assets are given when it is closed
}

func startFileService(t testing.TB, s *servertest.Server) *fileService {
	f := &fileService{t: t, assets: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/archives/infos", f.infos)
	mux.HandleFunc("POST /api/archives", f.upload)
	mux.HandleFunc("GET /api/assets", f.asset)
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	f.serve(s)
	return f
}

// serve makes the file service of the test data this one.
func (f *fileService) serve(s *servertest.Server) {
	u, err := url.Parse(f.URL)
	if err != nil {
		f.t.Fatal(err)
	}
	port, _ := strconv.Atoi(u.Port())
	servertest.Change[store.Service](f.t, s, 3, store.Object{"service_hostname": u.Hostname(), "service_port": port})
}

func claims(token string) map[string]any {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	raw, _ := base64.RawURLEncoding.DecodeString(parts[1])
	var c map[string]any
	_ = json.Unmarshal(raw, &c)
	return c
}

func (f *fileService) note(r *http.Request) {
	f.tokens = append(f.tokens, claims(strings.TrimPrefix(r.Header.Get("Authorization"), "OpenTera ")))
}

func (f *fileService) infos(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note(r)
	if f.refuse {
		http.Error(w, `"no"`, http.StatusForbidden)
		return
	}
	var body struct {
		Archive map[string]any `json:"archive"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		f.t.Error(err)
	}
	f.statuses = append(f.statuses, body.Archive["archive_status"])
	f.names = append(f.names, body.Archive["archive_original_filename"].(string))
	body.Archive["id_archive_file_data"] = 7
	body.Archive["archive_uuid"] = "an-archive"
	_ = json.NewEncoder(w).Encode(body.Archive)
}

func (f *fileService) asset(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.note(r)
	f.access = append(f.access, claims(r.FormValue("access_token")))
	content, ok := f.assets[r.FormValue("asset_uuid")]
	hold := f.hold
	f.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-r.Context().Done():
			return
		}
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = io.WriteString(w, content)
}

func (f *fileService) upload(w http.ResponseWriter, r *http.Request) {
	file, header, err := r.FormFile("file")
	if err != nil {
		f.t.Error(err)
		return
	}
	raw, _ := io.ReadAll(file)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note(r)
	if !strings.Contains(r.FormValue("archive"), `"id_archive_file_data":7`) || r.ContentLength <= 0 {
		f.t.Errorf("upload of %s, length %d", r.FormValue("archive"), r.ContentLength)
	}
	f.names = append(f.names, header.Filename)
	f.uploads = append(f.uploads, raw)
	_, _ = io.WriteString(w, "{}")
}

// await waits for something to be true of f.
func (f *fileService) await(what string, ok func() bool) {
	f.t.Helper()
	servertest.Eventually(f.t, what, func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return ok()
	})
}

func TestAssetArchives(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		user := s.User(t, "user")
		f := startFileService(t, s)
		keeper := servertest.Row[store.Service](t, s, 3).UUID
		for id, name := range map[int]string{1: "a.txt", 2: "a.txt", 3: "../x", 4: "d.mpg", 5: "gone"} {
			servertest.Change[store.Asset](t, s, id, store.Object{"asset_service_uuid": keeper, "asset_name": name})
			f.assets[servertest.Row[store.Asset](t, s, id).UUID] = strings.Repeat(name, 1000)
		}
		session, other := 2, 4 // somebody of another tenant takes part: no folder says so
		if err := s.Store.Write(t.Context(), func(tx *store.Tx) error {
			return tx.Insert(t.Context(), &store.SessionParticipant{SessionID: &session, ParticipantID: &other})
		}); err != nil {
			t.Fatal(err)
		}
		delete(f.assets, servertest.Row[store.Asset](t, s, 5).UUID)

		for _, tt := range []struct {
			as, query string
			want      int
		}{
			{"user", "", 400},
			{"user", "?id_session=2&id_participant=1", 400},
			{"user", "?id_session=x", 400},
			{"user", "?id_session=0", 403},
			{"user", "?id_session=999", 403},
			{"user", "?id_project=3", 403},
			{"user", "?id_participant=4", 403},
			{"user4", "?id_session=2", 403},
			{"user4", "?id_participant=1", 403},
			{"user4", "?id_project=1", 403},
		} {
			if a := s.Get(t, "/api/user/assets/archive"+tt.query, s.User(t, tt.as)); a.Status != tt.want {
				t.Errorf("%s as %s: got %d %s, want %d", tt.query, tt.as, a.Status, a.Text, tt.want)
			}
		}
		if len(f.statuses) != 0 {
			t.Fatalf("what is refused reached the file service: %v", f.statuses)
		}

		a := s.Get(t, "/api/user/assets/archive?id_session=2", user)
		if a.Status != 200 || a.Object()["archive_uuid"] != "an-archive" || a.Object()["archive_owner_uuid"] != servertest.Row[store.User](t, s, 3).UUID {
			t.Fatalf("archive: got %d %s", a.Status, a.Text)
		}
		f.await("the upload", func() bool { return len(f.uploads) == 1 })
		folder := "Default Site/Default Project #1/Participant #1/2_Séance #2/"
		if got, want := zipped(t, f.uploads[0]), map[string]string{
			folder + "a.txt": strings.Repeat("a.txt", 1000), folder + "a(2).txt": strings.Repeat("a.txt", 1000), folder + ".._x": strings.Repeat("../x", 1000),
		}; !maps.Equal(got, want) {
			t.Errorf("archive of a session: got %v", slices.Sorted(maps.Keys(got)))
		}
		if !slices.Equal(f.statuses, []any{nil, 1.0}) {
			t.Errorf("statuses: got %v, want a new one, then in progress", f.statuses)
		}
		if n := len(f.names); f.names[0] != f.names[n-1] || !strings.HasSuffix(f.names[0], "_archive.zip") {
			t.Errorf("names: got %v", f.names)
		}
		server, err := s.Store.ServiceByKey(t.Context(), core.ServiceOpenTera)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range f.tokens {
			if c["service_uuid"] != server.UUID || c["exp"] == nil {
				t.Errorf("token: got %v, want one of the server's that ends", c)
			}
		}
		for _, c := range f.access {
			if c["requester_uuid"] != server.UUID || c["exp"] == nil || c["iss"] != "TeraServer" {
				t.Errorf("access token: got %v", c)
			}
		}

		servertest.Eventually(t, "project archive", func() bool { return s.Get(t, "/api/user/assets/archive?id_project=1", user).Status == 200 })
		f.await("the upload", func() bool { return len(f.uploads) == 2 })
		if got := slices.Sorted(maps.Keys(zipped(t, f.uploads[1]))); len(got) != 4 || !slices.ContainsFunc(got, func(n string) bool { return strings.HasSuffix(n, "/3_Séance #3/d.mpg") }) {
			t.Errorf("archive of a project: got %v, want 4 files, without the one that is gone", got)
		}
		servertest.Eventually(t, "empty archive", func() bool { return s.Get(t, "/api/user/assets/archive?id_session=20", user).Status == 200 })
		f.await("the upload", func() bool { return len(f.uploads) == 3 })
		if got := zipped(t, f.uploads[2]); len(got) != 0 {
			t.Errorf("archive of nothing: got %v", slices.Sorted(maps.Keys(got)))
		}
	})
}

func TestAssetArchiveBounds(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	user, siteadmin := s.User(t, "user"), s.User(t, "siteadmin")
	f := startFileService(t, s)
	servertest.Change[store.Asset](t, s, 1, store.Object{"asset_service_uuid": servertest.Row[store.Service](t, s, 3).UUID})
	f.hold = make(chan struct{})

	f.refuse = true
	for range 2 { // a refusal keeps nobody busy
		if a := s.Get(t, "/api/user/assets/archive?id_session=2", user); a.Status != 501 {
			t.Errorf("refused by the file service: got %d %s, want 501", a.Status, a.Text)
		}
	}
	f.mu.Lock()
	f.refuse = false
	f.mu.Unlock()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	servertest.Change[store.Service](t, s, 3, store.Object{"service_port": ln.Addr().(*net.TCPAddr).Port})
	if a := s.Get(t, "/api/user/assets/archive?id_session=2", user); a.Status != 501 {
		t.Errorf("no file service: got %d %s, want 501", a.Status, a.Text)
	}
	servertest.Change[store.Service](t, s, 3, store.Object{"service_enabled": false})
	if a := s.Get(t, "/api/user/assets/archive?id_session=2", user); a.Status != 501 {
		t.Errorf("file service disabled: got %d %s, want 501", a.Status, a.Text)
	}
	servertest.Change[store.Service](t, s, 3, store.Object{"service_enabled": true})
	f.serve(s)

	if a := s.Get(t, "/api/user/assets/archive?id_session=2", user); a.Status != 200 {
		t.Fatalf("first: got %d %s", a.Status, a.Text)
	}
	f.await("the asset is asked for", func() bool { return len(f.access) == 1 })
	if a := s.Get(t, "/api/user/assets/archive?id_session=2", user); a.Status != 429 {
		t.Errorf("second of the same user: got %d %s, want 429", a.Status, a.Text)
	}
	if a := s.Get(t, "/api/user/assets/archive?id_session=2", siteadmin); a.Status != 200 {
		t.Errorf("another user's: got %d %s", a.Status, a.Text)
	}
	f.await("both are in work", func() bool { return len(f.access) == 2 })
	if a := s.Get(t, "/api/user/assets/archive?id_session=2", s.User(t, "user3")); a.Status != 200 {
		t.Errorf("one that waits: got %d %s", a.Status, a.Text)
	}
	s.Stop()
	f.mu.Lock()
	defer f.mu.Unlock()
	cancelled := 0
	for _, status := range f.statuses {
		if status == 3.0 {
			cancelled++
		}
	}
	if cancelled != 3 || len(f.uploads) != 0 {
		t.Errorf("at the end: %d cancelled, %d uploaded, want 3 and 0", cancelled, len(f.uploads))
	}
}

// zipped is the content of a zip file by name.
func zipped(t *testing.T, raw []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, file := range r.File {
		rc, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		rc.Close()
		files[file.Name] = string(content)
	}
	return files
}
