package rest

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestEncodeIsASCII(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"plain <b>&", `"plain <b>&"`},
		{"é", `"\u00e9"`},
		{"😀", `"\ud83d\ude00"`},
		{"\u2028\x7f", `"\u2028\u007f"`},
		{"a\"\\\n", `"a\"\\\n"`},
	} {
		raw, err := encode(tt.in)
		if err != nil || string(raw) != tt.want+"\n" {
			t.Errorf("encode(%q) = %s, %v, want %s and a newline", tt.in, raw, err, tt.want)
		}
		var back string
		if err := json.Unmarshal(raw, &back); err != nil || back != tt.in {
			t.Errorf("%q comes back as %q, %v", tt.in, back, err)
		}
	}
}

func TestDecodeJSON(t *testing.T) {
	for _, good := range []string{`{}`, `[]`, `1`, `-1.5e10`, `"x"`, `null`, `true`, ` {"a": [1, {"b": null}]} `} {
		if _, err := decodeJSON([]byte(good)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		``, `{`, `}`, `{"a"}`, `{"a": }`, `{"a": 1,}`, `[1,]`, `[1 2]`, `{"a": 1 "b": 2}`, `nul`, `"x`, `01`, `1 2`, `{} {}`,
		`{"a": 1, "a": 2}`, `{"a": {"b": 1, "b": 2}}`, `1e999`, strings.Repeat("1", 41), "\"\xff\"", `"\u0000"`, `{"\u0000": 1}`,
		strings.Repeat("[", 40) + strings.Repeat("]", 40), `{1: 2}`, `'x'`, `/* */ 1`,
	} {
		if v, err := decodeJSON([]byte(bad)); err == nil {
			t.Errorf("%.60s: got %v, want an error", bad, v)
		}
	}
}

func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{`{"a": [1, 2.5, "x", null, true]}`, `[[[[]]]]`, `"\ud800"`, `1e308`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := decodeJSON(raw)
		if err != nil {
			return
		}
		if _, err := encode(v); err != nil {
			t.Errorf("decoded but not encoded: %v", err)
		}
	})
}
