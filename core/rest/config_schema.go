package rest

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gotera/gotera/core/store"
)

// The default configuration of a service (service_default_config) may hold a JSON Schema, which the configurations of its
// users, participants and devices must then satisfy. A schema is an object with a text $schema, as JSON Schema itself
// recommends: either the default configuration as a whole, or what is under its key "schema", beside the defaults. An
// object without $schema is a plain default configuration. References lead within the schema only; nothing is loaded.

const (
	maxSchema = 64 << 10  // bytes of a schema
	maxConfig = 256 << 10 // bytes of a configuration
)

var (
	errBadSchema = fail(http.StatusBadRequest, "Invalid config json schema")
	errBadConfig = fail(http.StatusBadRequest, "Invalid config format provided")
)

// noLoader refuses to follow references to other documents.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) { return nil, fmt.Errorf("%s: no other documents", url) }

// configText is the text of a configuration that a client sent as text or as an object.
func configText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case map[string]any:
		raw, err := encode(v)
		return strings.TrimSuffix(string(raw), "\n"), err
	}
	return "", errBadConfig
}

// findSchema returns the schema in a service's default configuration, nil if there is none.
func findSchema(text *string) object {
	if text == nil {
		return nil
	}
	v, err := decodeJSON([]byte(*text))
	o, ok := v.(map[string]any)
	if err != nil || !ok {
		return nil
	}
	if _, ok := o["$schema"].(string); ok {
		return o
	}
	o, _ = o["schema"].(map[string]any)
	if _, ok := o["$schema"].(string); ok {
		return o
	}
	return nil
}

// configSchema compiles the schema in a service's default configuration, nil if there is none.
func configSchema(text *string) (*jsonschema.Schema, error) {
	found := findSchema(text)
	if found == nil {
		return nil, nil
	}
	raw, err := encode(found)
	if err != nil {
		return nil, err
	}
	if len(raw) > maxSchema {
		return nil, fmt.Errorf("a schema of %d bytes is too large", len(raw))
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	const name = "urn:service:configuration"
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(noLoader{})
	if err := compiler.AddResource(name, doc); err != nil {
		return nil, err
	}
	return compiler.Compile(name)
}

// checkConfig refuses a configuration that the schema of its service does not allow. A stored schema that does not compile
// allows everything, as it does for OpenTera.
func (a *API) checkConfig(s *store.Service, config object) error {
	schema, err := configSchema(s.DefaultConfig)
	if err != nil {
		a.log.Warn("the configuration schema of a service is not used", "service", s.Key, "error", err)
		return nil
	}
	if schema == nil {
		return nil
	}
	raw, err := encode(config)
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	err = schema.Validate(v)
	if invalid, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		return fail(http.StatusBadRequest, fmt.Sprintf("Invalid config format provided: %.500s", invalid))
	}
	return err
}
