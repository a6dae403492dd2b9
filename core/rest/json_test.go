package rest

import (
	"bytes"
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
		"[" + strings.Repeat("0,", maxValues) + "0]",
	} {
		if v, err := decodeJSON([]byte(bad)); err == nil {
			t.Errorf("%.60s: got %v, want an error", bad, v)
		}
	}
}

// FuzzDecodeJSON: what is accepted is JSON, and comes back the same after it was sent as an answer.
func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{`{"a": [1, 2.5, "x", null, true]}`, `[[[[]]]]`, `"\ud800"`, `1e308`, `{"a": 1, "A": 2}`, `-0`, `"\u2028é"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := decodeJSON(raw)
		if err != nil {
			return
		}
		if !json.Valid(raw) {
			t.Errorf("accepted %q, which is no JSON", raw)
		}
		sent, err := encode(v)
		if err != nil {
			t.Fatalf("decoded but not encoded: %v", err)
		}
		back, err := decodeJSON(sent)
		if err != nil {
			t.Fatalf("%q is sent as %s, which is refused: %v", raw, sent, err)
		}
		if again, err := encode(back); err != nil || !bytes.Equal(again, sent) {
			t.Errorf("%q is sent as %s, then as %s, %v", raw, sent, again, err)
		}
	})
}
