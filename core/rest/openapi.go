package rest

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/gotera/gotera/core/store"
)

// The description of the API in OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1), made of the routes themselves.

const apiVersion = "1.3.0" // of OpenTera's interfaces

// openAPI describes all routes.
func openAPI(name string) object {
	paths := map[string]object{}
	for _, r := range routes {
		if paths[r.path] == nil {
			paths[r.path] = object{}
		}
		paths[r.path][strings.ToLower(r.method)] = r.describe()
	}
	return object{
		"openapi": "3.1.1",
		"info": object{
			"title": name, "version": apiVersion,
			"description": "The REST interface of OpenTera, as this server has it. Arguments are read from the query string, a form or a JSON body alike.",
			"license":     object{"name": "Apache 2.0", "identifier": "Apache-2.0"},
		},
		"servers": []object{{"url": "/"}},
		"tags": []object{
			{"name": "user", "description": "For the programs of users"},
			{"name": "participant", "description": "For participants"},
			{"name": "device", "description": "For devices"},
			{"name": "service", "description": "For services"},
		},
		"paths":      paths,
		"components": object{"schemas": schemas(), "securitySchemes": securitySchemes},
	}
}

var securitySchemes = object{
	"basicAuth": object{"type": "http", "scheme": "basic", "description": "User name and password"},
	"openteraToken": object{
		"type": "apiKey", "in": "header", "name": "Authorization", "description": "The word OpenTera, a space, and the token of a login, device or service",
	},
	"tokenArgument":     object{"type": "apiKey", "in": "query", "name": "token", "description": "The token as an argument"},
	"deviceCertificate": object{"type": "mutualTLS", "description": "The certificate that a device got when it was registered"},
	"session":           object{"type": "apiKey", "in": "cookie", "name": cookieName, "description": "What GET /api/user/login sets for the next steps"},
}

const cookieName = "session"

func (r route) describe() object {
	o := object{
		"tags": []string{r.group()}, "operationId": r.id(), "summary": cmp.Or(r.in.doc, r.method+" "+r.path), "responses": r.answers(),
	}
	if body := r.body(); body != nil {
		o["requestBody"] = body
	}
	if list := r.parameters(); len(list) > 0 {
		o["parameters"] = list
	}
	security := []object{}
	for _, name := range r.auth.schemes {
		security = append(security, object{name: []string{}})
	}
	o["security"] = security
	return o
}

// group is the API that the route belongs to: the word after /api/.
func (r route) group() string {
	group, _, _ := strings.Cut(strings.TrimPrefix(r.path, "/api/"), "/")
	return group
}

// id is a name for the operation in programs: getUserSessionsEvents.
func (r route) id() string {
	id := strings.ToLower(r.method)
	for word := range strings.FieldsFuncSeq(strings.TrimPrefix(r.path, "/api"), func(c rune) bool { return c == '/' || c == '_' }) {
		id += strings.ToUpper(word[:1]) + word[1:]
	}
	return id
}

// inBody reports whether the arguments are meant to be sent in the body: those of a POST without another one.
func (r route) inBody() bool {
	return r.method == post && r.in.body == "" && r.in.media == "" && len(r.in.list) > 0
}

func (r route) parameters() []object {
	list := []object{}
	if r.inBody() {
		return list
	}
	for _, p := range r.in.list {
		if p.name == tokenParam.name {
			continue // a security scheme
		}
		list = append(list, object{
			"name": p.name, "in": "query", "required": p.required, "description": p.help, "schema": p.schema(),
		})
	}
	return list
}

func (p param) schema() object {
	switch p.kind {
	case integer:
		return object{"type": "integer"}
	case boolean:
		return object{"type": "boolean"}
	case date:
		return object{"type": "string", "format": "date"}
	}
	return object{"type": "string"}
}

func (r route) body() object {
	switch {
	case r.in.media != "":
		return object{"required": true, "content": object{r.in.media: object{}}}
	case r.inBody():
		form := r.in.argumentsSchema()
		return object{"required": true, "content": object{
			"application/json": object{"schema": form}, "application/x-www-form-urlencoded": object{"schema": form},
		}}
	case r.in.body != "":
		return object{"required": true, "content": object{"application/json": object{"schema": r.in.bodySchema()}}}
	}
	return nil
}

func (p params) argumentsSchema() object {
	properties, required := object{}, []string{}
	for _, d := range p.list {
		s := d.schema()
		s["description"] = d.help
		properties[d.name] = s
		if d.required {
			required = append(required, d.name)
		}
	}
	return object{"type": "object", "properties": properties, "required": required, "additionalProperties": !p.strict}
}

// bodySchema describes the JSON body, or those that are taken alike.
func (p params) bodySchema() object {
	bodies := []object{objectWith(strings.Split(p.body, ", "), p.many)}
	if p.others != "" {
		for _, key := range strings.Split(p.others, ", ") {
			bodies = append(bodies, objectWith([]string{key}, false))
		}
	}
	if len(bodies) == 1 {
		return bodies[0]
	}
	return object{"anyOf": bodies}
}

// objectWith is an object with these keys, each of which holds a row of its model, or many.
func objectWith(keys []string, many bool) object {
	properties := object{}
	for _, key := range keys {
		properties[key] = object{}
		if model := modelOf(key); model != "" {
			properties[key] = oneOf(model, many)
		}
	}
	return object{"type": "object", "properties": properties, "required": keys}
}

func oneOf(model string, many bool) object {
	one := object{"$ref": "#/components/schemas/" + model}
	if !many {
		return one
	}
	return object{"anyOf": []object{one, {"type": "array", "items": one}}}
}

// modelOf is the model that a key of a body stands for, "" for none.
func modelOf(key string) string {
	model := key
	switch key {
	case "group":
		model = "participant_group"
	case "tests_invitations":
		model = "test_invitation"
	case "sessions_types_projects":
		model = "session_type_project"
	}
	if store.Describe(model) == nil {
		return ""
	}
	return model
}

// schemas describes the models.
func schemas() object {
	all := object{}
	for _, model := range store.Models() {
		properties := object{}
		for _, f := range store.Describe(model) {
			properties[f.Name] = fieldSchema(f)
		}
		all[model] = object{"type": "object", "properties": properties}
	}
	return all
}

func fieldSchema(f store.Field) object {
	o := object{}
	kind := f.Type
	if kind == "date-time" {
		kind, o["format"] = "string", "date-time"
	}
	if o["type"] = kind; f.Nullable {
		o["type"] = []string{kind, "null"}
	}
	if f.Size > 0 {
		o["maxLength"] = f.Size
	}
	if f.ReadOnly {
		o["readOnly"] = true
	}
	if f.WriteOnly {
		o["writeOnly"] = true
	}
	if f.Refers != "" {
		o["description"] = "Key of a " + f.Refers
	}
	return o
}

// answers lists the statuses that the operation may have, in the shapes of core.md 3.1.
func (r route) answers() object {
	all := object{}
	say := func(status int, what string, content object) {
		all[fmt.Sprint(status)] = object{"description": what, "content": content}
	}
	text := object{"type": "string"}
	jsonOf := func(schema object) object { return object{"application/json": object{"schema": schema}} }
	message := object{"type": "object", "properties": object{"message": text, "errors": object{"type": "object"}}, "required": []string{"message"}}
	say(http.StatusOK, "Done", jsonOf(r.answer()))
	say(http.StatusBadRequest, "An argument is missing or wrong", jsonOf(object{"anyOf": []object{text, message}}))
	say(http.StatusInternalServerError, "The database refused, or the server failed", jsonOf(object{"anyOf": []object{text, message}}))
	if len(r.auth.schemes) > 0 {
		content := jsonOf(text)
		if g := r.group(); (g == "user" || g == "participant") && r.auth.schemes[0] != "session" {
			content = object{"text/html": object{"schema": text}}
		}
		say(http.StatusUnauthorized, "Not logged in, or no longer", content)
		say(http.StatusForbidden, "Not for this caller", jsonOf(text))
	}
	switch {
	case r.in.body != "":
		say(http.StatusUnsupportedMediaType, "The body is not JSON", jsonOf(message))
	case strings.HasSuffix(r.path, "/register"):
		say(http.StatusUnauthorized, "Wrong registration key", jsonOf(text))
		say(http.StatusTooManyRequests, "Too soon after the last request", jsonOf(message))
	case strings.HasPrefix(r.path, "/api/user/login") && r.auth.schemes[0] == "basicAuth":
		say(http.StatusUpgradeRequired, "The program is too old", jsonOf(message))
	}
	return all
}

// answer is what a success looks like: the objects that were posted, or anything.
func (r route) answer() object {
	if r.method != post || r.in.body == "" {
		return object{}
	}
	first, _, _ := strings.Cut(r.in.body, ",")
	if model := modelOf(first); model != "" {
		return oneOf(model, true)
	}
	return object{}
}
