// Package configs holds the default configuration of every program and the loader that overlays an operator's file on
// it. Files are JSON with // comments, in the shapes that OpenTera's own files have, so a site's TeraServerConfig.ini
// and VideoRehabService.json are read as they are. An unknown key is an error. Start at Load.
package configs

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Error is a configuration that cannot be used: which file, which key, and why. Programs exit 2 on it.
type Error struct {
	File   string // path, or "defaults"
	Key    string // dotted path of the key, may be empty for malformed files
	Reason string
}

func (e *Error) Error() string {
	if e.Key == "" {
		return fmt.Sprintf("%s: %s", e.File, e.Reason)
	}
	return fmt.Sprintf("%s: %s: %s", e.File, e.Key, e.Reason)
}

//go:embed core.json
var coreDefaults []byte

//go:embed rehab.json
var rehabDefaults []byte

// Redis says where the Redis server is (core.md 11.3). OpenTera uses one database for everything.
type Redis struct {
	Hostname string `json:"hostname"`
	Port     int    `json:"port"`
	DB       int    `json:"db"`
	Username string `json:"username"`
	Password string `json:"password"`
}

// Addr is host:port.
func (r Redis) Addr() string { return fmt.Sprintf("%s:%d", r.Hostname, r.Port) }

// LoadCore reads the core's configuration: the embedded defaults, changed by the functions, overlaid by the file at path if
// path is not empty.
func LoadCore(path string, defaults ...func(*Core)) (Core, error) {
	var c Core
	if err := load(coreDefaults, path, &c, defaults); err != nil {
		return Core{}, err
	}
	c.Server.SSLPath = besideConfig(path, c.Server.SSLPath)
	if namesServer(path) {
		c.Database.Type = "QPSQL"
	}
	return c, c.check(name(path))
}

// namesServer says whether the file names a database server without a type, which TeraServer does not ask for: its sites
// do not get a fresh SQLite file. The file was read before.
func namesServer(path string) bool {
	raw, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	var given struct {
		Database struct {
			Type *string `json:"db_type"`
			URL  *string `json:"url"`
		}
	}
	err = json.Unmarshal(stripComments(raw), &given)
	return err == nil && given.Database.Type == nil && given.Database.URL != nil
}

// besideConfig finds a relative directory where OpenTera does, whose working directory is the parent of that of its
// configuration, when it is not below the working directory of this program.
func besideConfig(path, dir string) string {
	if path == "" || filepath.IsAbs(dir) || isDirectory(dir) {
		return dir
	}
	for _, base := range []string{filepath.Join(filepath.Dir(path), ".."), filepath.Dir(path)} {
		if found := filepath.Join(base, dir); isDirectory(found) {
			return found
		}
	}
	return dir
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// LoadRehab reads the VideoRehab service's configuration in the same way.
func LoadRehab(path string, defaults ...func(*Rehab)) (Rehab, error) {
	var c Rehab
	if err := load(rehabDefaults, path, &c, defaults); err != nil {
		return Rehab{}, err
	}
	return c, c.check(name(path))
}

func name(path string) string {
	if path == "" {
		return "defaults"
	}
	return path
}

func load[T any](defaults []byte, path string, into *T, change []func(*T)) error {
	if err := decode("defaults", defaults, into); err != nil {
		return err
	}
	for _, f := range change {
		f(into)
	}
	if path == "" {
		return nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return &Error{File: path, Reason: reason(err)}
	}
	return decode(path, raw, into)
}

// decode overlays the JSON in raw on into.
func decode(file string, raw []byte, into any) error {
	raw = stripComments(raw)
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return jsonError(file, raw, dec, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return &Error{File: file, Reason: "there is text after the closing brace"}
	}
	return nil
}

func jsonError(file string, raw []byte, dec *json.Decoder, err error) error {
	var typ *json.UnmarshalTypeError
	var syn *json.SyntaxError
	switch {
	case errors.As(err, &typ):
		return &Error{File: file, Key: typ.Field, Reason: fmt.Sprintf("is a %s, should be a %s", typ.Value, typ.Type)}
	case errors.As(err, &syn):
		return &Error{File: file, Reason: fmt.Sprintf("line %d: %s", line(raw, syn.Offset), syn)}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{File: file, Reason: "ends before the JSON is complete"}
	}
	if key, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		if k, uerr := strconv.Unquote(key); uerr == nil {
			key = k
		}
		return &Error{File: file, Key: key, Reason: fmt.Sprintf("line %d: unknown key", line(raw, dec.InputOffset()))}
	}
	return &Error{File: file, Reason: err.Error()}
}

func line(raw []byte, offset int64) int {
	return 1 + bytes.Count(raw[:min(int(offset), len(raw))], []byte("\n"))
}

func reason(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// stripComments blanks // comments outside strings; lines keep their numbers.
func stripComments(raw []byte) []byte {
	out := bytes.Clone(raw)
	inString := false
	for i := 0; i < len(out); i++ {
		switch {
		case inString && out[i] == '\\':
			i++
		case out[i] == '"':
			inString = !inString
		case !inString && out[i] == '/' && i+1 < len(out) && out[i+1] == '/':
			for ; i < len(out) && out[i] != '\n'; i++ {
				out[i] = ' '
			}
		}
	}
	return out
}

// port reports an error unless n is a TCP or UDP port.
func port(file, key string, n int) error {
	if n < 1 || n > 65535 {
		return &Error{File: file, Key: key, Reason: fmt.Sprintf("%d is not a port (1 to 65535)", n)}
	}
	return nil
}

func required(file, key, value string) error {
	if value == "" {
		return &Error{File: file, Key: key, Reason: "is required"}
	}
	return nil
}
