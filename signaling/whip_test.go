package signaling

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/turncred"
)

// offerOf makes an offer without connecting.
func (r *testRoom) offerOf(f func(*webClient)) string {
	r.t.Helper()
	c := r.newWebClient("")
	f(c)
	return c.offer(false)
}

func publishes(c *webClient) { c.send(headless.NewPattern("x"), headless.NewTone()) }
func watches(c *webClient)   { c.receive(webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio) }

func TestWHIPNeedsAKeyEverywhere(t *testing.T) {
	r := startRoom(t)
	r.put(session(clinician, patient, robot, stranger))
	r.put(session(clinician, patient, robot)) // stranger was removed
	own := r.whipCamera(r.key(robot), "")
	resource := strings.TrimPrefix(own.resource, r.at(""))
	for name, key := range map[string]string{
		"none": "", "wrong": "wrong", "almost shared": sharedKey[:len(sharedKey)-1] + "e", "removed": r.key(stranger),
		"of another secret": control.InviteeKey(control.NewSecret(), robot.Kind, robot.UUID),
	} {
		for _, path := range []string{"/whip", "/whip/", "/whep", "/whip/unknown", "/whep/unknown", resource} {
			for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodDelete, http.MethodPut} {
				for _, res := range []response{
					r.request(method, r.at(path), "", "Authorization", "Bearer "+key),
					r.request(method, r.at(path)+"?key="+url.QueryEscape(key), ""),
				} {
					if res.status != http.StatusForbidden || res.header.Get("WWW-Authenticate") != "Bearer" {
						t.Errorf("%s %s, key %s: %d, WWW-Authenticate %q", method, path, name, res.status, res.header.Get("WWW-Authenticate"))
					}
					if method != http.MethodHead && !strings.Contains(res.body, `"detail"`) {
						t.Errorf("%s %s: the body is %s", method, path, res.body)
					}
				}
			}
		}
	}
	// The resource needs the key that made it.
	for _, method := range []string{http.MethodPatch, http.MethodDelete, http.MethodGet} {
		for _, key := range []string{r.key(clinician), sharedKey} {
			if res := r.request(method, own.resource, "", "Authorization", "Bearer "+key); res.status != http.StatusForbidden {
				t.Errorf("%s with another key: %d", method, res.status)
			}
		}
	}
	if res := own.delete(); res.status != http.StatusOK {
		t.Errorf("its own key: %d %s", res.status, res.body)
	}
}

// A room that has taken the place of a dead one does not refuse for good whom it has not been told of yet.
func TestWHIPBeforeTheSessionIsTold(t *testing.T) {
	r := startUntoldRoom(t)
	res := r.request(http.MethodPost, r.at("/whip"), "", "Authorization", "Bearer "+r.key(robot))
	if res.status != http.StatusServiceUnavailable || res.header.Get("Retry-After") == "" {
		t.Errorf("before: %d, Retry-After %q", res.status, res.header.Get("Retry-After"))
	}
	r.put(session(clinician, robot))
	r.whipCamera(r.key(robot), "")
}

func TestWHIPStatusOfOffers(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.limits.postRun = 100 })
	send, watch := r.offerOf(publishes), r.offerOf(watches)
	both := strings.ReplaceAll(send, "a=sendonly", "a=sendrecv")
	h265 := regexp.MustCompile(`(?m)^a=rtpmap:(\d+) (VP8|VP9|H264|AV1)/`).ReplaceAllString(send, "a=rtpmap:$1 H265/")
	two := r.offerOf(func(c *webClient) { c.send(headless.NewPattern("x"), headless.NewPattern("y")) })
	for name, tt := range map[string]struct {
		path, body, contentType, accept string
		want                            int
	}{
		"publish":             {"/whip", send, typeSDP, "", 201},
		"with a charset":      {"/whip/", send, typeSDP + "; charset=utf-8", "application/sdp, */*;q=0.1", 201},
		"both ways":           {"/whip", both, typeSDP, "*/*", 201},
		"watch":               {"/whep", watch, typeSDP, "application/*", 201},
		"watch, both ways":    {"/whep", both, typeSDP, "", 201},
		"empty":               {"/whep", "", typeSDP, "", 400},
		"no SDP":              {"/whip", "hello", typeSDP, "", 400},
		"no ICE":              {"/whip", regexp.MustCompile(`a=ice-.*\r\n`).ReplaceAllString(send, ""), typeSDP, "", 400},
		"no fingerprint":      {"/whip", regexp.MustCompile(`a=fingerprint.*\r\n`).ReplaceAllString(send, ""), typeSDP, "", 400},
		"source":              {"/whip?source=kitchen", send, typeSDP, "", 400},
		"type":                {"/whip", send, "application/json", "", 415},
		"no type":             {"/whip", send, "", "", 415},
		"accepts JSON":        {"/whip", send, typeSDP, "application/json", 406},
		"too long":            {"/whip", send + strings.Repeat("a=x:0123456789\r\n", 17<<10), typeSDP, "", 413},
		"watches by WHIP":     {"/whip", watch, typeSDP, "", 422},
		"publishes by WHEP":   {"/whep", send, typeSDP, "", 422},
		"other codecs":        {"/whip", h265, typeSDP, "", 422},
		"other codecs, watch": {"/whep", strings.ReplaceAll(h265, "sendonly", "recvonly"), typeSDP, "", 422},
		"two pictures":        {"/whip", two, typeSDP, "", 422},
		"nothing":             {"/whip", send[:strings.Index(send, "m=")] + "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 00\r\n", typeSDP, "", 422},
		"odd candidates":      {"/whip", send + "a=candidate:1 1 pigeon 1 192.0.2.1 9 typ host\r\na=candidate:x\r\n", typeSDP, "", 201},
		"a broken one":        {"/whip", strings.ReplaceAll(send, "a=fingerprint:sha-256 ", "a=fingerprint:sha-256"), typeSDP, "", 422},
	} {
		headers := []string{"Authorization", "Bearer " + r.key(robot), "Content-Type", tt.contentType}
		if tt.accept != "" {
			headers = append(headers, "Accept", tt.accept)
		}
		res := r.request(http.MethodPost, r.at(tt.path), tt.body, headers...)
		if res.status != tt.want {
			t.Errorf("%s: %d %s, want %d", name, res.status, res.body, tt.want)
		}
		var p struct{ Status int }
		if tt.want >= 300 && (json.Unmarshal([]byte(res.body), &p) != nil || p.Status != tt.want) {
			t.Errorf("%s: the body is %s", name, res.body)
		}
		way := map[bool]string{true: "a=sendonly", false: "a=recvonly"}[strings.HasPrefix(tt.path, "/whep")]
		if tt.want == 201 && (strings.Count(res.body, way) != 2 || strings.Contains(res.body, "a=sendrecv") || res.header.Get("Accept-Patch") != typeSDPFrag) {
			t.Errorf("%s: Accept-Patch %q, the answer is\n%s", name, res.header.Get("Accept-Patch"), res.body)
		}
		if tt.want == 415 && res.header.Get("Accept-Post") != typeSDP {
			t.Errorf("%s: Accept-Post %q", name, res.header.Get("Accept-Post"))
		}
	}
}

func TestWHIPStatusOfPatches(t *testing.T) {
	r := startRoom(t)
	c := r.whipCamera(r.key(robot), "")
	for name, tt := range map[string]struct {
		body, contentType, match string
		want                     int
	}{
		"nothing new":       {"a=end-of-candidates", typeSDPFrag, c.etag, 204},
		"one of several":    {"a=end-of-candidates", typeSDPFrag, `"other", ` + c.etag, 204},
		"any":               {"a=end-of-candidates", typeSDPFrag, "*", 204},
		"no ETag":           {"a=end-of-candidates", typeSDPFrag, "", 428},
		"another ETag":      {"a=end-of-candidates", typeSDPFrag, `"other"`, 412},
		"weak ETag":         {"a=end-of-candidates", typeSDPFrag, "W/" + c.etag, 412},
		"type":              {"a=end-of-candidates", typeSDP, c.etag, 415},
		"no fragment":       {"hello", typeSDPFrag, c.etag, 400},
		"half credentials":  {"a=ice-ufrag:abcd", typeSDPFrag, "*", 400},
		"too long":          {strings.Repeat("a=x:0123456789\r\n", maxFragment/16+1), typeSDPFrag, c.etag, 413},
		"unknown transport": {"m=audio 9 RTP/AVP 0\r\na=candidate:1 1 pigeon 1 192.0.2.1 9 typ host", typeSDPFrag, c.etag, 204},
	} {
		headers := []string{"Authorization", "Bearer " + c.key, "Content-Type", tt.contentType}
		if tt.match != "" {
			headers = append(headers, "If-Match", tt.match)
		}
		if res := r.request(http.MethodPatch, c.resource, tt.body, headers...); res.status != tt.want {
			t.Errorf("%s: %d %s, want %d", name, res.status, res.body, tt.want)
		}
	}
	flood := 0
	for range whipRun + 10 {
		if res := c.patch("a=end-of-candidates", c.etag); res.status == http.StatusTooManyRequests && res.header.Get("Retry-After") != "" {
			flood++
		}
	}
	if flood == 0 {
		t.Error("a flood of PATCH is not refused")
	}
}

func TestWHIPMethods(t *testing.T) {
	r := startRoom(t)
	c := r.whipCamera(r.key(robot), "")
	key := []string{"Authorization", "Bearer " + c.key}
	for _, tt := range []struct {
		method, target string
		want           int
		header, value  string
	}{
		{"GET", r.at("/whip"), 204, "", ""},
		{"GET", r.at("/whep"), 200, "Content-Type", typeSDP},
		{"HEAD", r.at("/whep"), 200, "Content-Type", typeSDP},
		{"PUT", r.at("/whip"), 405, "Allow", "POST, GET, HEAD, OPTIONS"},
		{"DELETE", r.at("/whip"), 405, "Allow", "POST, GET, HEAD, OPTIONS"},
		{"GET", c.resource, 204, "", ""},
		{"POST", c.resource, 405, "Allow", "PATCH, DELETE, GET, HEAD, OPTIONS"},
		{"PATCH", r.at("/whip/unknown"), 404, "", ""},
		{"DELETE", strings.Replace(c.resource, "/whip/", "/whep/", 1), 404, "", ""},
	} {
		res := r.request(tt.method, tt.target, "", key...)
		if res.status != tt.want || tt.header != "" && res.header.Get(tt.header) != tt.value {
			t.Errorf("%s %s: %d, %s %q", tt.method, tt.target, res.status, tt.header, res.header.Get(tt.header))
		}
	}
}

func TestWHIPForPagesOfAnyOrigin(t *testing.T) {
	r := startRoom(t)
	for path, header := range map[string]string{"/whip": "Accept-Post", "/whep": "Accept-Post", "/whip/unknown": "Accept-Patch", "/whep/unknown": "Accept-Patch"} {
		res := r.request(http.MethodOptions, r.at(path), "", "Origin", "https://example.org", "Access-Control-Request-Method", "POST",
			"Access-Control-Request-Headers", "authorization,content-type,if-match,etag")
		h := res.header
		if res.status != 200 || res.body != "" || h.Get(header) == "" || h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Link") != "" {
			t.Errorf("%s: %d %v", path, res.status, h)
		}
		for _, method := range []string{"POST", "PATCH", "DELETE"} {
			if !strings.Contains(h.Get("Access-Control-Allow-Methods"), method) {
				t.Errorf("%s: %s is not allowed", path, method)
			}
		}
		if allowed := h.Get("Access-Control-Allow-Headers"); !strings.Contains(allowed, "Authorization") || !strings.Contains(allowed, "*") {
			t.Errorf("%s: headers %q", path, allowed)
		}
	}
	res := r.request(http.MethodPost, r.at("/whip"), "", "Origin", "https://example.org")
	if h := res.header; h.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(h.Get("Access-Control-Expose-Headers"), "Location, ETag, Link") {
		t.Errorf("a refusal cannot be read by pages: %v", h)
	}
}

func TestWHIPTellsOfTheTURNServer(t *testing.T) {
	key := turncred.RoomKey(bytes.Repeat([]byte{5}, turncred.SecretSize), 18080)
	r := startRoom(t, func(c *Config) {
		c.TURNURLs, c.TURNKey = []string{"turn:localhost:3478?transport=udp", "turns:localhost:5349?transport=tcp"}, key
	})
	c := r.newWebClient(r.key(robot))
	publishes(c)
	links := c.post("/whip", c.offer(true)).header.Values("Link")
	asked := r.request(http.MethodOptions, r.at("/whip"), "", "Authorization", "Bearer "+r.key(robot)).header.Values("Link")
	form := regexp.MustCompile(`^<(turns?:localhost:\d+\?transport=\w+)>; rel="ice-server"; username="([^"]+)"; credential="([^"]+)"; credential-type="password"$`)
	for _, list := range [][]string{links, asked} {
		if len(list) != 2 {
			t.Fatalf("links %q", list)
		}
		for _, link := range list {
			m := form.FindStringSubmatch(link)
			if m == nil || m[3] != turncred.Credential(key, m[2]) {
				t.Errorf("link %q", link)
			}
		}
	}
}

// Behind the proxies, whose path the room does not see, and with a key in the query.
func TestWHIPLocation(t *testing.T) {
	r := startRoom(t)
	_, port, _ := strings.Cut(r.addr, ":")
	key := url.QueryEscape(r.key(robot))
	for _, tt := range []struct{ path, script, want string }{
		{"/whip", "", `^whip/\w{26}$`},
		{"/whip/", "", `^\w{26}$`},
		{"/whip", "/webrtc/", `^/webrtc/` + port + `/whip/\w{26}$`},
		{"/whip", "//evil.example/", `^whip/\w{26}$`},
		{"/whip?key=" + key, "/webrtc/", `^/webrtc/` + port + `/whip/\w{26}\?key=` + regexp.QuoteMeta(key) + `$`},
	} {
		c := r.newWebClient(r.key(robot))
		publishes(c)
		headers := []string{"Content-Type", typeSDP, "X-Script-Name", tt.script}
		if !strings.Contains(tt.path, "key=") {
			headers = append(headers, "Authorization", "Bearer "+c.key)
		}
		res := r.request(http.MethodPost, r.at(tt.path), c.offer(false), headers...)
		if got := res.header.Get("Location"); res.status != 201 || !regexp.MustCompile(tt.want).MatchString(got) {
			t.Errorf("%s, script %q: %d, Location %q, want %s", tt.path, tt.script, res.status, got, tt.want)
		}
	}
}

func TestWHIPLimits(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.MaxPeers, c.limits.posts = 10, 0.001 }) // on a busy machine offers are answered as slowly as they are allowed
	offer := r.offerOf(watches)
	post := func(path, key string) response {
		return r.request(http.MethodPost, r.at(path), offer, "Authorization", "Bearer "+key, "Content-Type", typeSDP)
	}
	for i := range maxWatches {
		if res := post("/whep", r.key(patient)); res.status != 201 {
			t.Fatalf("player %d: %d %s", i, res.status, res.body)
		}
	}
	if res := post("/whep", r.key(patient)); res.status != 429 || res.header.Get("Retry-After") == "" || !strings.Contains(res.body, "players") {
		t.Errorf("one more of the same invitee: %d %s", res.status, res.body)
	}
	for i := range 2 {
		if res := post("/whep", r.key(clinician)); res.status != 201 {
			t.Fatalf("another invitee, %d: %d %s", i, res.status, res.body)
		}
	}
	res := post("/whep", r.key(robot))
	if after, err := strconv.Atoi(res.header.Get("Retry-After")); res.status != 503 || err != nil || after < 1 || !strings.Contains(res.body, "full") {
		t.Errorf("a full room: %d %s, Retry-After %q", res.status, res.body, res.header.Get("Retry-After"))
	}
	many := 0
	for range defaultLimits.postRun {
		if post("/whip", r.key(patient)).status == 429 {
			many++
		}
	}
	if many == 0 {
		t.Error("a flood of offers is not refused")
	}
	if res := post("/whip", r.key(robot)); res.status != 422 {
		t.Errorf("the flood of one invitee refuses another: %d", res.status)
	}
}

// All who have the shared key count as one.
func TestWHEPPlayersWithTheSharedKeyAreBounded(t *testing.T) {
	r := startRoom(t)
	offer := r.offerOf(watches)
	for i := range maxWatches + 1 {
		want := http.StatusCreated
		if i == maxWatches {
			want = http.StatusTooManyRequests
		}
		res := r.request(http.MethodPost, r.at("/whep?name=")+strconv.Itoa(i), offer, "Authorization", "Bearer "+sharedKey, "Content-Type", typeSDP)
		if res.status != want {
			t.Errorf("player %d: %d %s, want %d", i, res.status, res.body, want)
		}
	}
}

func TestWHEPChoosesWhatIsWatched(t *testing.T) {
	r := startRoom(t)
	r.put(session(clinician, patient, robot, stranger))
	small, large := flat{4, 4}, flat{8, 4}
	publish := func(key, query string, m headless.Media) *webClient {
		c := r.newWebClient(key)
		c.send(m)
		return c.mustPost("/whip" + query)
	}
	publish(r.key(patient), "", small)
	publish(r.key(robot), "", large)
	publish(r.key(robot), "?source=camera2", flat{12, 4})
	publish(r.key(stranger), "?source=screen", flat{16, 4})
	page := r.joinPeer(r.page(clinician), headless.Options{})
	awaitOthers(t, page, 4)
	track := ""
	waitFor(t, "the tracks", func() error {
		for _, p := range page.Peers() {
			for _, tr := range p.Tracks {
				if tr.Source == "camera2" {
					track = tr.ID
				}
			}
		}
		if track == "" {
			return errNone
		}
		return nil
	})
	for query, want := range map[string]struct {
		key   string
		width int
	}{
		"":                                    {r.key(clinician), 64},
		"?peer=" + robot.UUID:                 {r.key(clinician), 128},
		"?source=camera2":                     {r.key(clinician), 192},
		"?source=screen&peer=":                {r.key(clinician), 256},
		"?track=" + url.QueryEscape(track):    {r.key(clinician), 192},
		"?peer=" + robot.UUID + "&key=unused": {r.key(robot), 128}, // its own, since it asks for it
		"?key=unused":                         {r.key(patient), 128},
	} {
		player := r.newWebClient(want.key)
		player.receive(webrtc.RTPCodecTypeVideo)
		player.mustPost("/whep" + query)
		player.awaitFrames(10, "video")
		player.mu.Lock()
		if len(player.widths) != 1 || player.widths[want.width] == 0 {
			t.Errorf("%s: widths %v, want %d", query, player.widths, want.width)
		}
		player.mu.Unlock()
		player.delete()
	}
}

// A session's key may be any text, which is escaped in the Location, too.
func TestWHIPLocationWithAnyKey(t *testing.T) {
	const key = "a+b&c=d e%"
	r := startRoom(t, func(c *Config) { c.Key = key })
	c := r.newWebClient(key)
	publishes(c)
	res := r.request(http.MethodPost, r.at("/whip?key="+url.QueryEscape(key)), c.offer(false), "Content-Type", typeSDP)
	if res.status != 201 {
		t.Fatalf("%d %s", res.status, res.body)
	}
	if res := r.request(http.MethodDelete, r.at("/"+res.header.Get("Location")), ""); res.status != 200 {
		t.Errorf("DELETE: %d %s", res.status, res.body)
	}
}
