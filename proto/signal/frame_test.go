package signal_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gotera/gotera/proto/signal"
)

func TestBinaryFrame(t *testing.T) {
	for _, id := range []string{"", "abc", strings.Repeat("i", 255)} {
		frame, err := signal.EncodeBinary(id, []byte{1, 2, 3})
		if err != nil {
			t.Fatal(err)
		}
		gotID, payload, err := signal.DecodeBinary(frame)
		if err != nil || gotID != id || !bytes.Equal(payload, []byte{1, 2, 3}) {
			t.Errorf("id of %d bytes: got %q, %v, %v", len(id), gotID, payload, err)
		}
	}
	if _, err := signal.EncodeBinary(strings.Repeat("i", 256), nil); err == nil {
		t.Error("an id of 256 bytes was taken")
	}
}

func TestBadFrames(t *testing.T) {
	for _, tt := range []struct {
		frame, want string
	}{
		{"", "shorter than its head"},
		{"\x01", "shorter than its head"},
		{"\x02\x00", "version 2, should be 1"},
		{"\x01\x05abc", "shorter than its peer id"},
		{"\x01\x00" + strings.Repeat("x", 2*signal.MaxData), "at most"},
	} {
		if _, _, err := signal.DecodeBinary([]byte(tt.frame)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("binary %.10q: got %v, want %q", tt.frame, err, tt.want)
		}
	}
	for _, tt := range []struct{ frame, want string }{
		{"", "not JSON"},
		{"\xff", "not UTF-8"},
		{"{}", "topic has 0 bytes"},
		{`{"topic":5}`, "topic is a number"},
		{`{"topic":"` + strings.Repeat("x", signal.MaxData) + `"}`, "at most 16128"},
	} {
		if _, err := signal.DecodeText([]byte(tt.frame)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("text %.10q: got %v, want %q", tt.frame, err, tt.want)
		}
	}
}

// FuzzFrame reads data channel frames as the room does; what is taken goes out again and is read by the other side.
func FuzzFrame(f *testing.F) {
	for _, s := range []string{"", "\x01\x00", "\x01\x03abcrest", "\x02", `{"topic":"t"}`, `{"to":"x","topic":"pose","data":[1,2]}`, `{"topic":"t","data":"\u2028\ud800"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		if id, payload, err := signal.DecodeBinary(frame); err == nil {
			out, err := signal.EncodeBinary(id, payload)
			if err != nil || !bytes.Equal(out, frame) {
				t.Errorf("encodes to %x, %v", out, err)
			}
		}
		m, err := signal.DecodeText(frame)
		if err != nil {
			return
		}
		out, err := signal.EncodeText(signal.ServerText{From: "p", Topic: m.Topic, Data: m.Data})
		if err != nil {
			t.Fatalf("taken, and not to be passed on: %v", err)
		}
		if got, err := signal.DecodeServerText(out); err != nil && len(out) <= signal.MaxData || err == nil && got.Topic != m.Topic {
			t.Errorf("passed on as %s: %+v, %v", out, got, err)
		}
	})
}
