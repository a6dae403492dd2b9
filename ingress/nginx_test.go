package ingress

import (
	"flag"
	"os"
	"regexp"
	"strconv"
	"testing"
)

var update = flag.Bool("update", false, "write nginx/gotera.conf")

const siteFile = "../nginx/gotera.conf"

// TestSiteFileIsInStep: go test ./ingress -run SiteFile -update writes it.
func TestSiteFileIsInStep(t *testing.T) {
	want := NginxConfig(Defaults())
	if *update {
		if err := os.WriteFile(siteFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(siteFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what NginxConfig writes: run go test ./ingress -run SiteFile -update", siteFile)
	}
}

func TestPortPattern(t *testing.T) {
	for _, tt := range []struct {
		first, last int
		want        string // "" where only the meaning counts
	}{
		{8080, 8129, `80[89]\d|81[0-2]\d`},
		{8080, 8130, `80[89]\d|81[0-2]\d|8130`},
		{8080, 8080, `8080`},
		{1, 65535, ``},
		{7, 10007, ``},
		{999, 1000, `999|1000`},
		{8099, 8101, `8099|810[01]`},
		{20000, 29999, `2\d\d\d\d`},
		{1023, 60001, ``},
	} {
		got := portPattern(tt.first, tt.last)
		if tt.want != "" && got != tt.want {
			t.Errorf("%d to %d: got %s, want %s", tt.first, tt.last, got, tt.want)
		}
		if len(got) > 400 {
			t.Errorf("%d to %d: %d bytes", tt.first, tt.last, len(got))
		}
		re := regexp.MustCompile(`^(` + got + `)$`)
		for n := range 66000 {
			if want := tt.first <= n && n <= tt.last; re.MatchString(strconv.Itoa(n)) != want {
				t.Fatalf("%d to %d: %s matches %d: %v, want %v", tt.first, tt.last, got, n, !want, want)
			}
		}
	}
}
