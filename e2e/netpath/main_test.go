package main

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
)

func TestLinesAreAnsweredInOrder(t *testing.T) {
	var out strings.Builder
	in := strings.NewReader(`{"up":{"loss":0.1},"down":{"kbps":500}}
{"report":true}
{"up":{"loss":7}}
nonsense
`)
	if err := run("127.0.0.1:9", "127.0.0.1", 1, in, &out); err != nil {
		t.Fatal(err)
	}
	var got []answer
	for lines := json.NewDecoder(strings.NewReader(out.String())); ; {
		var a answer
		err := lines.Decode(&a)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, a)
	}
	if len(got) != 5 || got[0].Listen == "" || !got[1].Set || got[2].Up == nil || got[2].Down == nil || got[3].Error == "" || got[4].Error == "" {
		t.Errorf("answers %s", out.String())
	}
}

func TestTheServerHasToBeNamed(t *testing.T) {
	if err := run("", "127.0.0.1", 1, strings.NewReader(""), io.Discard); err == nil {
		t.Error("runs without -to")
	}
}
