package archive

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNamesInArchive(t *testing.T) {
	n := names{}
	for _, tt := range []struct {
		folders []string
		name    string
		want    string
	}{
		{[]string{"Site", "Project"}, "a.txt", "Site/Project/a.txt"},
		{[]string{"Site", "Project"}, "a.txt", "Site/Project/a(2).txt"},
		{[]string{"Site", "Project"}, "a.txt", "Site/Project/a(3).txt"},
		{[]string{"Site", "Project"}, "a(2).txt", "Site/Project/a(2)(2).txt"},
		{[]string{"Site", "Other"}, "a.txt", "Site/Other/a.txt"},
		{nil, "plain", "plain"},
		{nil, "plain", "plain(2)"},
		{[]string{".."}, "../../etc/passwd", "_/.._.._etc_passwd"},
		{[]string{"a/b", `c\d`}, "", "a_b/c_d/_"},
		{[]string{"x\x00y", "."}, "..", "x_y/_/_"},
		{[]string{"Séance\xff"}, "é.mp4", "Séance_/é.mp4"},
	} {
		if got := n.unique(File{Folders: tt.folders, Name: tt.name}); got != tt.want {
			t.Errorf("%q in %q: got %q, want %q", tt.name, tt.folders, got, tt.want)
		}
	}
}

func TestLongNamesInArchive(t *testing.T) {
	for _, name := range []string{strings.Repeat("é", 400) + ".mp4", strings.Repeat(".", 300), strings.Repeat("x", 300), "." + strings.Repeat("y", 300)} {
		got := clean(name)
		if len(got) > maxName || got == "" || !utf8.ValidString(got) {
			t.Errorf("%d bytes: got %d bytes %q", len(name), len(got), got)
		}
		if strings.HasSuffix(name, ".mp4") && !strings.HasSuffix(got, ".mp4") {
			t.Errorf("the extension is gone: %q", got)
		}
	}
}
