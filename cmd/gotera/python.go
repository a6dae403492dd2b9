package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// pythonServices are OpenTera's own services, which its core starts as children (core.md 9.3): services/KEY/KEY.py below dir.
type pythonServices struct {
	dir     string // teraserver/python; empty: none is started
	exe     string
	without serviceKeys
	tests   bool
}

// children are the services of keys that are there, by key. As upstream, whether a service is enabled does not matter.
func (p pythonServices) children(keys []string, log *slog.Logger) map[string]child {
	found := map[string]child{}
	if p.dir == "" {
		return found
	}
	dir, err := filepath.Abs(p.dir)
	if err != nil {
		dir = p.dir
	}
	path := dir
	if inherited := os.Getenv("PYTHONPATH"); inherited != "" {
		path += string(os.PathListSeparator) + inherited
	}
	for _, key := range keys {
		script := filepath.Join(dir, "services", key, key+".py")
		if slices.Contains(p.without, key) || key != filepath.Base(key) {
			continue
		}
		if _, err := os.Stat(script); err != nil {
			log.Warn("service not started: it has no program there", "service", key, "error", err)
			continue
		}
		args := []string{script}
		if p.tests {
			args = append(args, "--enable_tests=1")
		}
		found[key] = child{exe: p.exe, args: args, dir: filepath.Dir(script), env: []string{"PYTHONPATH=" + path}}
	}
	return found
}

// serviceKeys is the flag --without-service.
type serviceKeys []string

func (k *serviceKeys) String() string { return strings.Join(*k, ",") }

func (k *serviceKeys) Set(key string) error {
	*k = append(*k, key)
	return nil
}
