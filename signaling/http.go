package signaling

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/web"
)

// pageEvery is how often rehab is told, at most, that the same invitee loads the page.
const pageEvery = time.Second

// handler serves everything that reaches the room by HTTP, below the proxy's /webrtc/<port>/ and under
// /websocket/<port>/, which the proxy leaves in place.
func (r *room) handler(port int, version string) http.Handler {
	mux := http.NewServeMux()
	for _, kind := range kinds {
		page := kind + "s"
		h := r.pageOrSocket(kind, web.Handler("room", bootData{
			Page: page, Port: port, Socket: fmt.Sprintf("/websocket/%d/%s", port, page), Version: version,
		}))
		mux.Handle("/"+page, h)
		mux.Handle("/"+page+"/", h)
		mux.Handle("/websocket/{port}/"+page, h)
		mux.Handle("/websocket/{port}/"+page+"/", h)
	}
	r.robotRoutes(mux)
	r.whipRoutes(mux)
	mux.HandleFunc("/status", r.status)
	mux.HandleFunc("POST /leave", r.leaveByBeacon)
	mux.Handle("/assets/", web.Assets())
	mux.HandleFunc("/", func(w http.ResponseWriter, req *http.Request) {
		web.Refused(w, req, http.StatusNotFound, web.NotFound)
	})
	return mux
}

// bootData is what the session page is told by its HTML.
type bootData struct {
	Page    string `json:"page"`
	Port    int    `json:"port"`
	Socket  string `json:"socket"`
	Version string `json:"version"`
}

// pageOrSocket checks the key, then serves the page of kind or, when asked to upgrade, the websocket.
func (r *room) pageOrSocket(kind string, page http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		who, ok := r.admit(kind, req.URL.Query().Get("key"))
		if !ok {
			r.refuse(w, req, kind)
			return
		}
		if websocket.IsWebSocketUpgrade(req) {
			r.socket(w, req, who)
			return
		}
		if who.verified && req.Method == http.MethodGet {
			r.opened(who.who())
		}
		page.ServeHTTP(w, req)
	})
}

// refuse answers a request whose key does not open the room: 403, which pages take for final. A room that was started in
// place of a dead one may be asked before rehab has told it who is invited: then it is 503, and they try again.
func (r *room) refuse(w http.ResponseWriter, req *http.Request, kinds ...string) {
	if r.untold(req.URL.Query().Get("key"), kinds) {
		w.Header().Set("Retry-After", "1")
		web.Refused(w, req, http.StatusServiceUnavailable, web.Unavailable)
		return
	}
	web.Refused(w, req, http.StatusForbidden, web.BadLink)
}

// untold reports whether key may open the room as soon as it has been told its session.
func (r *room) untold(key string, kinds []string) bool {
	select {
	case <-r.told:
		return false
	default:
	}
	genuine := false
	for _, kind := range kinds {
		who, ok := r.keys.check(kind, key)
		genuine = genuine || ok && who.verified
	}
	return genuine && r.steered
}

// opened tells rehab that an invitee loads the page, but not each time of many.
func (r *room) opened(who control.Who) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, listed := r.invitees[who]; !listed || time.Since(r.pages[who]) < pageEvery {
		return
	}
	r.pages[who] = time.Now()
	r.events.publish(control.Event{Type: control.EventPage, Kind: who.Kind, UUID: who.UUID})
}

// status answers whether a key opens the room, whatever its page. Pages ask it before they connect again.
func (r *room) status(w http.ResponseWriter, req *http.Request) {
	if _, opens := r.keyHolder(req.URL.Query().Get("key")); !opens {
		r.refuse(w, req, kinds...)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprint(w, `{"status":"OK"}`) //nolint:errcheck // the client has gone
}

// upgrader takes any origin: a websocket is opened by the key in its address, not by a cookie that another site's page
// could borrow, and robots send no origin.
var upgrader = websocket.Upgrader{
	HandshakeTimeout: 5 * time.Second,
	ReadBufferSize:   2048,
	WriteBufferSize:  2048,
	CheckOrigin:      func(*http.Request) bool { return true },
}

func (r *room) socket(w http.ResponseWriter, req *http.Request, who identity) {
	c := newConn(r, who)
	if !r.enroll(c) {
		http.Error(w, "too many connections", http.StatusServiceUnavailable)
		return
	}
	defer r.release(c)
	defer close(c.done)
	ws, err := upgrader.Upgrade(w, req, nil)
	if err != nil {
		return // it has answered
	}
	r.upgraded(c, ws)
	c.serve(r.ctx, req.URL.Query().Get(signal.EarlyJoin))
}
