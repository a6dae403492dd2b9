package peer

import (
	"io"
	"testing"
)

// A device is invited to rooms that may still be starting; who names a session is told at once that it is not there.
func TestDevicesAreParsedAsPatient(t *testing.T) {
	for _, c := range []struct {
		args    []string
		patient bool
	}{
		{[]string{"--login", "https://tera.example", "--token", "t", "--video", "none", "--audio", "none"}, true},
		{[]string{"--video", "none", "--audio", "none", "https://tera.example/webrtc/8080/devices?key=k"}, false},
	} {
		got, err := parse(c.args, nil, io.Discard, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if got.opts.Patient != c.patient {
			t.Errorf("%q: patient %v", c.args, got.opts.Patient)
		}
	}
}
