package main

import (
	"io"
	"slices"
	"testing"
)

// The test mode opens the reset of the database: 0 and false leave it closed (core.md 13.3, 65).
func TestSwitchOfTests(t *testing.T) {
	for arg, want := range map[string]bool{
		"--enable_tests=0": false, "--enable_tests=false": false, "--enable_tests=False": false,
		"--enable_tests=1": true, "--enable_tests=true": true, "--enable_tests": true,
	} {
		fs := flags("core")
		on := testSwitch(fs)
		if err := parse(fs, []string{arg}); err != nil || *on != want {
			t.Errorf("%s: got %t %v, want %t", arg, *on, err, want)
		}
	}
	for _, arg := range []string{"--enable_tests=maybe", "--enable_tests="} {
		fs := flags("core")
		fs.SetOutput(io.Discard)
		on := testSwitch(fs)
		if err := parse(fs, []string{arg}); err == nil || *on {
			t.Errorf("%s: got %t and no error", arg, *on)
		}
	}
}

func TestTextsAfterSwitches(t *testing.T) {
	args := []string{"--enable_tests", "1", "-create_defaults", "True", "--verbose", "x", "--enable_tests", "--verbose", "--create_defaults"}
	want := []string{"--enable_tests=1", "-create_defaults=True", "--verbose", "x", "--enable_tests", "--verbose", "--create_defaults"}
	if got := withTexts(args, "enable_tests", "create_defaults"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
