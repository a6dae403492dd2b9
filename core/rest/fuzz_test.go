package rest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// every is a parameter list with each kind of argument.
var every = params{list: []param{
	{name: "i", kind: integer, help: "An integer"},
	{name: "t", kind: text, help: "A text"},
	{name: "b", kind: boolean, help: "A flag"},
	{name: "d", kind: date, help: "A date"},
}}

// FuzzArguments: whatever a client sends as query, form or JSON, the parser answers with arguments of the declared kinds
// that the database can hold, or with a failure of the client's (400, 413), never another.
func FuzzArguments(f *testing.F) {
	for _, seed := range []struct{ query, contentType, body string }{
		{"i=1&t=x&b=true&d=2024-02-29", "", ""},
		{"i=99999999999999999999&b=maybe&d=2024-02-30", "", ""},
		{"i=%31&t=%00&i=2", "application/x-www-form-urlencoded", "t=%ff&b=0"},
		{"", "application/json", `{"i": 1.5, "t": 7, "b": null, "d": "0000-00-00"}`},
		{"i=1", "application/json", `{"i": "1", "t": ["x"], "b": 2}`},
		{"%", "application/json", `[`},
		{"i=1'%20OR%20'1'='1&t=';DROP%20TABLE%20t_users;--", "multipart/form-data; boundary=x", "--x--"},
	} {
		f.Add(seed.query, seed.contentType, seed.body)
	}
	f.Fuzz(func(t *testing.T, query, contentType, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header["Content-Type"] = []string{contentType}
		for _, strict := range []bool{false, true} {
			p := every
			p.strict = strict
			c := &call{Request: r, Writer: httptest.NewRecorder()}
			a, err := p.parse(c)
			if err != nil {
				failure, known := asFailure(err)
				if !known || failure.status != http.StatusBadRequest && failure.status != http.StatusRequestEntityTooLarge {
					t.Fatalf("got %v, which is not the client's failure", err)
				}
				if _, err := encode(failure.value); err != nil {
					t.Fatalf("the refusal cannot be sent: %v", err)
				}
				return
			}
			checkKinds(t, a)
			r.Body = http.NoBody
		}
	})
}

func checkKinds(t *testing.T, a args) {
	for name, v := range a {
		switch v := v.(type) {
		case int:
			if name != "i" {
				t.Errorf("%s is the number %d", name, v)
			}
		case string:
			if name != "t" || !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				t.Errorf("%s is the text %q", name, v)
			}
		case bool:
			if name != "b" {
				t.Errorf("%s is the flag %v", name, v)
			}
		case time.Time:
			if name != "d" || v.Year() < 1 || v.Year() > 9999 {
				t.Errorf("%s is the date %v", name, v)
			}
		default:
			t.Errorf("%s is a %T", name, v)
		}
	}
}
