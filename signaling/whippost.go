package signaling

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/signaling/sdpfrag"
)

// refusal is why a request of WHIP or WHEP is refused.
type refusal struct {
	status int
	after  int // seconds until it may be tried again; 0: not said
	text   string
}

func (e refusal) Error() string { return e.text }

// refuse answers with the refusal.
func (e refusal) refuse(w http.ResponseWriter) {
	if e.after > 0 {
		problemLater(w, e.status, e.after, e.text)
		return
	}
	problem(w, e.status, e.text)
}

// whipPost makes a peer of an offer and answers it.
func (r *room) whipPost(w http.ResponseWriter, req *http.Request, p httpProtocol, who identity, key string) {
	c, answer, err := r.whipEnter(w, req, p, who, key)
	if err != nil {
		refusalOf(err).refuse(w)
		return
	}
	h := w.Header()
	h.Set("Content-Type", typeSDP)
	h.Set("Content-Length", strconv.Itoa(len(answer))) // not all clients read chunks well
	h.Set("Location", r.whipLocation(req, p, c.id))
	h.Set("ETag", c.tag())
	h.Set("Accept-Patch", typeSDPFrag)
	r.linkICEServers(h, string(c.peer.id))
	w.WriteHeader(http.StatusCreated)
	io.WriteString(w, answer) //nolint:errcheck // it will find out, and media will not come
}

func (r *room) whipEnter(w http.ResponseWriter, req *http.Request, p httpProtocol, who identity, key string) (*whipPeer, string, error) {
	if !r.whipMayPost(who) {
		return nil, "", refusal{http.StatusTooManyRequests, 5, "too many offers"}
	}
	if !accepts(req, typeSDP) {
		return nil, "", refusal{status: http.StatusNotAcceptable, text: "the answer is " + typeSDP}
	}
	offer, err := readBody(w, req, typeSDP, "Accept-Post", signal.MaxMessage)
	if err != nil {
		return nil, "", err
	}
	o, err := readWHIPOffer(p, offer, req.URL.Query().Get("source"))
	if err != nil {
		return nil, "", err
	}
	query := req.URL.Query()
	if name := query.Get("name"); !who.verified {
		if len(name) > signal.MaxText {
			return nil, "", refusal{status: http.StatusBadRequest, text: fmt.Sprintf("name has more than %d bytes", signal.MaxText)}
		}
		who.name = name
	}
	c := r.newWHIPPeer(p, who, key, o)
	if p.watches {
		c.watch = newWatch(query)
	}
	if err := r.whipJoin(c); err != nil {
		return nil, "", err
	}
	answer, candidates, err := c.exchange(req.Context(), o.sdp)
	if err != nil { // nobody knows where to delete it
		r.remove(endLeft, c.peer)
		return nil, "", err
	}
	return c, sdpfrag.Complete(answer, candidates), nil
}

// bodyWait is how long a body may take to come; the proxies have it whole before they pass it on.
const bodyWait = 10 * time.Second

// readBody reads a body of a type. hint is the header that names the type to who sends another.
func readBody(w http.ResponseWriter, req *http.Request, mediaType, hint string, limit int64) (string, error) {
	if got, _, err := mime.ParseMediaType(req.Header.Get("Content-Type")); err != nil || got != mediaType {
		w.Header().Set(hint, mediaType)
		return "", refusal{status: http.StatusUnsupportedMediaType, text: "Content-Type should be " + mediaType}
	}
	http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWait)) //nolint:errcheck // an in-memory request has none
	raw, err := io.ReadAll(http.MaxBytesReader(w, req.Body, limit))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return "", refusal{status: http.StatusRequestEntityTooLarge, text: fmt.Sprintf("the body has more than %d bytes", limit)}
	case err != nil:
		return "", refusal{status: http.StatusBadRequest, text: "the body did not come whole"}
	}
	return string(raw), nil
}

// accepts reports whether the client takes an answer of a type (RFC 9110, section 12.5.1); quality values are not looked at.
func accepts(req *http.Request, mediaType string) bool {
	header := strings.Join(req.Header.Values("Accept"), ",")
	if strings.TrimSpace(header) == "" {
		return true
	}
	family, _, _ := strings.Cut(mediaType, "/")
	for part := range strings.SplitSeq(header, ",") {
		wanted, _, _ := strings.Cut(part, ";")
		if wanted = strings.ToLower(strings.TrimSpace(wanted)); slices.Contains([]string{mediaType, family + "/*", "*/*"}, wanted) {
			return true
		}
	}
	return false
}

// whipLocation is where a client finds its peer again, from outside. Both proxies, and OpenTera's own file, say what they
// take off the path: then it is absolute, as some clients need it. Otherwise it is relative to the URL of the request, which
// is right behind any proxy. A key in the query goes along.
func (r *room) whipLocation(req *http.Request, p httpProtocol, id string) string {
	var at string
	switch {
	case req.Header.Get("X-Script-Name") == "/webrtc/":
		at = fmt.Sprintf("/webrtc/%d/%s/%s", r.port, p.name, id)
	case strings.HasSuffix(req.URL.Path, "/"):
		at = id
	default:
		at = p.name + "/" + id
	}
	if key := req.URL.Query().Get("key"); key != "" && req.Header.Get("Authorization") == "" {
		at += "?key=" + url.QueryEscape(key) // the session's own may be any text
	}
	return at
}

// refusalOf says in HTTP why a peer did not get in, unless err is a refusal itself.
func refusalOf(err error) refusal {
	var said refusal
	var e ending
	switch {
	case errors.As(err, &said):
		return said
	case errors.As(err, &e) && e == endFull:
		return refusal{http.StatusServiceUnavailable, 10, e.text}
	case errors.As(err, &e) && e == endShutdown:
		return refusal{http.StatusServiceUnavailable, 2, e.text}
	case errors.As(err, &e) && e == endStopped:
		return refusal{status: http.StatusNotFound, text: e.text}
	case errors.As(err, &e) && e == endRemoved:
		return refusal{status: http.StatusForbidden, text: e.text}
	case errors.Is(err, sfu.ErrBadDescription):
		return refusal{status: http.StatusUnprocessableEntity, text: "the offer cannot be answered"}
	}
	return refusal{http.StatusServiceUnavailable, 2, "the media connection could not be made"}
}
