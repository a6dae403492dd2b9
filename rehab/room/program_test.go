package room

import (
	"os"
	"path/filepath"
	"testing"
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
	if err := os.Chmod(lean, 0o644); err != nil {
		t.Fatal(err)
	}
	check("cannot be run", whole, whole)
}
