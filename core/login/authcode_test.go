package login

import "testing"

func TestReturnAddress(t *testing.T) {
	for _, tt := range []struct{ service, endpoint, want string }{
		{"/file", "/upload", "/file/upload/"},
		{"/file/", "//upload//", "/file/upload/"},
		{"/", "/", "/"},
		{"", "//evil.example", "/evil.example/"},
		{"/", "/evil.example", "/evil.example/"},
		{"https://other.example/x", "y", "https://other.example/x/y/"},
		{"/a", "https://evil.example", "/a/https://evil.example/"},
	} {
		if got := returnAddress(tt.service, tt.endpoint); got != tt.want {
			t.Errorf("returnAddress(%q, %q) = %q, want %q", tt.service, tt.endpoint, got, tt.want)
		}
	}
}
