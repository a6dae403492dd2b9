package room

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestProgramIsTheLeanOneOfTheSameBuild(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	whole := filepath.Join(dir, "gotera")
	link := filepath.Join(dir, "link")
	if err := os.Symlink(whole, link); err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(whole, binary, 0o755); err != nil {
		t.Fatal(err)
	}
	lean := whole + "-room"
	check := func(step, executable, want string) {
		t.Helper()
		if got := Program(executable); got != want {
			t.Errorf("%s: %s, want %s", step, got, want)
		}
	}
	check("alone", whole, whole)
	if err := os.WriteFile(lean, []byte("not a program"), 0o755); err != nil {
		t.Fatal(err)
	}
	check("another build", whole, whole)
	if err := os.WriteFile(lean, binary, 0o755); err != nil {
		t.Fatal(err)
	}
	check("the same build", whole, lean)
	check("by a link", link, lean)
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(lean, old, old); err != nil {
		t.Fatal(err)
	}
	check("an older one of the same commit", whole, whole)
	if err := os.Chtimes(lean, time.Time{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	check("as new as this", whole, lean)
	if err := os.Chmod(lean, 0o644); err != nil {
		t.Fatal(err)
	}
	check("cannot be run", whole, whole)
}
