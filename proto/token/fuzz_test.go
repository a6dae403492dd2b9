package token

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// FuzzVerify: a token that was not signed with the key is never accepted, whatever it looks like. handmade signs the
// fuzzer's claims with another key, with none and, last, with the right one: then what is accepted must be what was signed.
func FuzzVerify(f *testing.F) {
	for _, alg := range []string{"HS256", "none", "HS384", "RS256", ""} {
		f.Add(alg, `{"user_uuid":"u","participant_uuid":"p","device_uuid":"d","service_uuid":"s","exp":99999999999}`, "")
	}
	f.Add("HS256", `{"user_uuid":"u","exp":1}`, "e30.e30.")
	f.Add("HS256", `{"user_uuid":["u"],"exp":"soon"}`, "..")
	f.Add("HS256", `[]`, strings.Repeat(".", 1000))
	f.Fuzz(func(t *testing.T, alg, claims, loose string) {
		for kind, verify := range verifiers {
			if _, err := verify(key, loose); err == nil && !strings.HasSuffix(loose, signature(loose)) {
				t.Errorf("%s: accepted %q", kind, loose)
			}
			if _, err := verify(key, handmade(alg, "another key of the same size ....", claims)); err == nil {
				t.Errorf("%s: accepted %s signed with another key", kind, claims)
			}
			if _, err := verify("", handmade(alg, "", claims)); err == nil {
				t.Errorf("%s: accepted %s signed with an empty key", kind, claims)
			}
			_, err := verify(key, handmade(alg, key, claims))
			if err != nil {
				continue
			}
			var signed map[string]any
			if json.Unmarshal([]byte(claims), &signed) != nil {
				t.Errorf("%s: accepted claims that are no object: %s", kind, claims)
			}
			if alg != "HS256" && !strings.Contains(alg, `"`) { // a quote may smuggle a second alg into the header
				t.Errorf("%s: accepted the algorithm %q", kind, alg)
			}
			if exp, ok := signed["exp"].(float64); ok && exp < float64(time.Now().Unix()) {
				t.Errorf("%s: accepted an expired token: %s", kind, claims)
			}
		}
	})
}

// signature is the last part of the token that the fuzzer's text would have if it were signed with key.
func signature(text string) string {
	head, _, _ := strings.Cut(text, ".")
	return handmade("HS256", key, head)[strings.LastIndex(handmade("HS256", key, head), ".")+1:]
}
