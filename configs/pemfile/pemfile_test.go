package pemfile

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWriteAndRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "key.pem")
	for _, der := range []string{"first", "second"} {
		if err := Write(path, "PRIVATE KEY", []byte(der)); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(path); err != nil || string(got) != der {
			t.Errorf("got %q, %v, want %q", got, err, der)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want mode 0600", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("beside the file: %v, %v", left, err)
	}
	if err := os.WriteFile(path, []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(path); err == nil {
		t.Errorf("not PEM: got %q", got)
	}
}
