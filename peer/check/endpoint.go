package check

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/gotera/gotera/proto/signal"
)

// ErrRefused: the server does not test for this token or key.
var ErrRefused = errors.New("refused")

var errNoAnswer = errors.New("the server does not answer: the address is wrong, or this network does not let https through to it")

const maxAnswer = 64 << 10

// endpoint is the server's /rehab/api/connectivity.
type endpoint struct {
	client *http.Client
	url    string
	token  string
	trust  *tls.Config
}

// sessionPath finds the port in the path of a session's page or websocket.
var sessionPath = regexp.MustCompile(`^(.*)/(?:webrtc|websocket)/([0-9]+)/`)

// newEndpoint reads what Options.URL is. Its errors do not quote it: it holds a key or a token.
func newEndpoint(o Options) (*endpoint, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the address does not begin with https:// or http:// and a host")
	}
	e := &endpoint{
		client: &http.Client{Transport: &http.Transport{TLSClientConfig: o.TLS.Clone(), Proxy: http.ProxyFromEnvironment}},
		token:  o.Token, trust: o.TLS,
	}
	q := u.Query()
	at := url.URL{Scheme: u.Scheme, Host: u.Host}
	session := sessionPath.FindStringSubmatch(u.Path)
	switch {
	case session != nil && q.Get("key") != "":
		at.Path = session[1] + "/rehab/api/connectivity"
		at.RawQuery = url.Values{"key": {q.Get("key")}, "port": {session[2]}}.Encode()
		e.token = ""
	case q.Get("token") != "":
		at.Path = u.Path[:strings.LastIndex(u.Path, "/")+1] + "api/connectivity"
		e.token = q.Get("token")
	case o.Token != "":
		at.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), "/rehab") + "/rehab/api/connectivity"
	default:
		return nil, errors.New("the address is neither a participant's link nor that of a session; for a server's, --token is needed")
	}
	e.url = at.String()
	return e, nil
}

// relays asks for the relays to try.
func (e *endpoint) relays(ctx context.Context) ([]signal.ICEServer, error) {
	a, err := e.ask(ctx, http.MethodGet, nil)
	return a.ICEServers, err
}

// answer has the echo peer answer an offer.
func (e *endpoint) answer(ctx context.Context, offer string) (string, error) {
	body, err := json.Marshal(signal.ConnectivityOffer{Offer: offer})
	if err != nil {
		return "", err
	}
	a, err := e.ask(ctx, http.MethodPost, body)
	return a.Answer, err
}

func (e *endpoint) ask(ctx context.Context, method string, body []byte) (a signal.ConnectivityAnswer, err error) {
	q, err := http.NewRequestWithContext(ctx, method, e.url, bytes.NewReader(body))
	if err != nil {
		return a, errors.New("the address cannot be asked")
	}
	if e.token != "" {
		q.Header.Set("Authorization", "OpenTera "+e.token)
	}
	res, err := e.client.Do(q)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // without the address
		}
		if errors.Is(err, context.DeadlineExceeded) {
			return a, errNoAnswer
		}
		return a, fmt.Errorf("the server is not reached: %w", err)
	}
	defer res.Body.Close() //nolint:errcheck // read
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	switch {
	case err != nil:
		return a, err
	case res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden:
		return a, fmt.Errorf("%w: %s", ErrRefused, spoken(raw, res.Status))
	case res.StatusCode != http.StatusOK:
		return a, fmt.Errorf("the server answered: %s", spoken(raw, res.Status))
	}
	if err := json.Unmarshal(raw, &a); err != nil {
		return a, errors.New("the server answered something else than a connectivity test: is it a gotera?")
	}
	return a, nil
}

// spoken is the server's own words, or else its status.
func spoken(raw []byte, status string) string {
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(raw, &said) == nil && said.Error != "" {
		return said.Error
	}
	return status
}

// relaysOf keeps the URLs of relays that a way goes over.
func relaysOf(way Way, servers []signal.ICEServer) []signal.ICEServer {
	var list []signal.ICEServer
	for _, s := range servers {
		var urls []string
		for _, u := range s.URLs {
			if relayWay(u) == way {
				urls = append(urls, u)
			}
		}
		if len(urls) > 0 {
			s.URLs = urls
			list = append(list, s)
		}
	}
	return list
}

// relayWay is the way to a TURN URL (RFC 7065); "" for others.
func relayWay(text string) Way {
	scheme, rest, _ := strings.Cut(text, ":")
	switch {
	case scheme == "turns":
		return RelayTLS
	case scheme == "turn" && strings.HasSuffix(rest, "?transport=tcp"):
		return RelayTCP
	case scheme == "turn":
		return RelayUDP
	}
	return ""
}
