package login

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"
)

const (
	cookieName = "session"
	cookieLife = 30 * time.Minute
)

// session is what the cookie holds between the steps of a user's login (core.md 3.5): a password was right, but a
// new one or a second factor is still to come. It opens nothing else. Times are Unix seconds.
type session struct {
	User      string `json:"user"` // uuid; empty before the password was given
	Mark      string `json:"mark"` // fingerprint of the account: a changed password ends the session
	Code      string `json:"code"` // of the service that sent the browser here
	CodeUntil int64  `json:"code_until"`
	Expires   int64  `json:"expires"`
}

// code is the service's code while it counts: one that was left lying must not stand in the way of later logins.
func (s session) code() string {
	if time.Now().Unix() < s.CodeUntil {
		return s.Code
	}
	return ""
}

// setSession gives the client a session cookie. The key is random and of this process alone: upstream's can be forged
// (core.md 13.1, 1).
func (l *Login) setSession(w http.ResponseWriter, s session) {
	s.Expires = time.Now().Add(cookieLife).Unix()
	raw, err := json.Marshal(s)
	if err != nil { // plain strings and a number
		return
	}
	value := base64.RawURLEncoding.EncodeToString(raw) + "." + base64.RawURLEncoding.EncodeToString(l.sign(raw))
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: int(cookieLife.Seconds()),
		HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode,
	})
}

// EndSession takes the cookie away.
func EndSession(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode,
	})
}

// readSession returns the content of a sound cookie.
func (l *Login) readSession(r *http.Request) (session, bool) {
	var s session
	c, err := r.Cookie(cookieName)
	if err != nil {
		return s, false
	}
	body, mac, ok := cut(c.Value)
	if !ok || !hmac.Equal(mac, l.sign(body)) || json.Unmarshal(body, &s) != nil {
		return s, false
	}
	return s, time.Now().Unix() < s.Expires
}

func cut(value string) (body, mac []byte, ok bool) {
	for i := range value {
		if value[i] == '.' {
			body, err1 := base64.RawURLEncoding.DecodeString(value[:i])
			mac, err2 := base64.RawURLEncoding.DecodeString(value[i+1:])
			return body, mac, err1 == nil && err2 == nil
		}
	}
	return nil, nil, false
}

func (l *Login) sign(body []byte) []byte {
	h := hmac.New(sha256.New, l.cookieKey)
	h.Write(body)
	return h.Sum(nil)
}
