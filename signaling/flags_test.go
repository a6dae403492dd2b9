package signaling

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/control"
)

func noEnv(string) string { return "" }

// upstream is what OpenTera's service passes to its Node script (rehab.md 2).
var upstream = []string{
	"--port=8080", "--key=" + sharedKey, "--debug=1", "--redis_hostname=cache", "--redis_port=6380", "--redis_db=0",
	"--redis_username=u", "--redis_password=p",
}

func TestUpstreamFlags(t *testing.T) {
	got, err := ParseRoomFlags(upstream, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	if got.Port != 8080 || got.Key != sharedKey || !got.Debug || got.RedisAddr != "cache:6380" || got.RedisDB != 0 ||
		got.RedisUsername != "u" || got.RedisPassword != "p" || got.MediaPort != 18080 || got.ControlFD != 0 || got.LockFD != 0 || len(got.Secret) != 0 {
		t.Errorf("got %+v", got)
	}
	for _, extra := range [][]string{{"--local_ssl=false"}, {"--local_ssl=0"}, {"--redis_username="}, {"--redis_password="}, {"--debug=0"}, {"-debug"}} {
		if _, err := ParseRoomFlags(append(upstream[:len(upstream):len(upstream)], extra...), noEnv); err != nil {
			t.Errorf("%v: %v", extra, err)
		}
	}
}

func TestSecretsFromTheEnvironment(t *testing.T) {
	secret := control.NewSecret()
	env := map[string]string{
		control.EnvRoomKey: "from env", control.EnvRoomSecret: strings.Repeat("ab", 32), control.EnvRedisPassword: "redis",
		control.EnvControlFD: "3", control.EnvLockFD: "4",
	}
	got, err := ParseRoomFlags([]string{"--port=9000", "--media_port=9001", "--media_public_ip=192.0.2.1", "--ice_lite=true", "--external_host=tera.example"},
		func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	for i := range secret {
		secret[i] = 0xab
	}
	if got.Key != "from env" || !reflect.DeepEqual(got.Secret, secret) || got.RedisPassword != "redis" || got.ControlFD != 3 || got.LockFD != 4 ||
		got.MediaPort != 9001 || got.MediaPublicIP != "192.0.2.1" || !got.ICELite || got.ExternalHost != "tera.example" || got.loopback() {
		t.Errorf("got %+v", got)
	}
	if want := (Process{Procs: 1, GCPercent: 25, MemoryLimit: 192 << 20, MemoryMax: 384 << 20, OOMScore: 500, Files: 4096, Slice: 200 * time.Microsecond}); got.Process != want {
		t.Errorf("the process gets %+v, want %+v", got.Process, want)
	}
	env["GOGC"], env["GOMEMLIMIT"], env["GOMAXPROCS"] = "200", "1GiB", "2"
	if got, _ := ParseRoomFlags(nil, func(name string) string { return env[name] }); got.Process.GCPercent != 0 || got.Process.MemoryLimit != 0 || got.Process.Procs != 0 {
		t.Errorf("the operator's tuning is overridden: %+v", got.Process)
	}
}

func TestBadRoomFlags(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		env  map[string]string
		want string
	}{
		"no key":         {nil, nil, "key is required"},
		"not a number":   {[]string{"--port=x", "--key=k"}, nil, "port"},
		"port 0":         {[]string{"--port=0", "--key=k"}, nil, "port 0"},
		"media too high": {[]string{"--port=60000", "--key=k"}, nil, "media_port 70000"},
		"argument":       {[]string{"--key=k", "extra"}, nil, `unexpected argument "extra"`},
		"secret not hex": {[]string{"--key=k"}, map[string]string{control.EnvRoomSecret: "zz"}, "not hexadecimal"},
		"secret short":   {[]string{"--key=k"}, map[string]string{control.EnvRoomSecret: "abcd"}, "secret has 2 bytes"},
		"bad descriptor": {[]string{"--key=k"}, map[string]string{control.EnvControlFD: "one"}, control.EnvControlFD},
		"memory":         {[]string{"--key=k", "--memory_mb=-1"}, nil, "memory_mb -1"},
		"oom score":      {[]string{"--key=k", "--oom_score=2000"}, nil, "oom_score 2000"},
		"no peers":       {[]string{"--key=k", "--max_peers=0"}, nil, "max_peers 0"},
		"nice":           {[]string{"--key=k", "--nice=20"}, nil, "nice 20"},
		"stdin":          {[]string{"--key=k"}, map[string]string{control.EnvLockFD: "0"}, control.EnvLockFD},
	} {
		_, err := ParseRoomFlags(tt.args, func(n string) string { return tt.env[n] })
		if !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want ErrUsage with %q", name, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %v", name, err)
		}
	}
}

func TestTURNFlags(t *testing.T) {
	env := func(name string) string {
		return map[string]string{control.EnvTURNKey: strings.Repeat("ab", 32)}[name]
	}
	c, err := ParseRoomFlags([]string{"--key=k", "--turn_urls=turn:a:3478?transport=udp,turns:a:5349"}, env)
	if err != nil || len(c.TURNURLs) != 2 || c.TURNURLs[1] != "turns:a:5349" || len(c.TURNKey) != 32 || c.TURNKey[0] != 0xab {
		t.Errorf("got %q, a key of %d bytes, %v", c.TURNURLs, len(c.TURNKey), err)
	}
	for _, text := range []string{"xy", "abcd"} {
		if _, err := ParseRoomFlags([]string{"--key=k"}, func(n string) string {
			if n == control.EnvTURNKey {
				return text
			}
			return ""
		}); !errors.Is(err, ErrUsage) {
			t.Errorf("a key %q: %v, want ErrUsage", text, err)
		}
	}
}
