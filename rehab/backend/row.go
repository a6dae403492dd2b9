package backend

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/gotera/gotera/proto/control"
)

// Row is an object of the core with all its fields; numbers are json.Number, so that it is passed on unchanged.
type Row map[string]any

// Person is a member of a session row.
type Person struct{ UUID, Name string }

// Int is a number in the row, 0 when it is missing, null or no integer.
func (r Row) Int(key string) int64 {
	n, ok := r[key].(json.Number)
	if !ok {
		return 0
	}
	i, _ := n.Int64()
	return i
}

// Text is a string in the row, "" when it is missing or null.
func (r Row) Text(key string) string {
	s, _ := r[key].(string)
	return s
}

// Clone is a copy whose top level can be changed.
func (r Row) Clone() Row {
	c := make(Row, len(r)+8)
	for k, v := range r {
		c[k] = v
	}
	return c
}

// UnmarshalJSON keeps numbers as they are written.
func (r *Row) UnmarshalJSON(raw []byte) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil {
		return err
	}
	*r = m
	return nil
}

// People are the members of one kind of a session row, in its order.
func (r Row) People(kind string) []Person {
	list, _ := r["session_"+kind+"s"].([]any)
	var people []Person
	for _, item := range list {
		if m, ok := item.(map[string]any); ok {
			row := Row(m)
			people = append(people, Person{UUID: row.Text(kind + "_uuid"), Name: row.Text(kind + "_name")})
		}
	}
	return people
}

// Creator is who a session row's creator is: the first of user, participant, device and service.
func (r Row) Creator() (who control.Who, name string) {
	for _, kind := range []string{control.User, control.Participant, control.Device, "service"} {
		if uuid := r.Text("session_creator_" + kind + "_uuid"); uuid != "" {
			return control.Who{Kind: kind, UUID: uuid}, r.Text("session_creator_" + kind)
		}
	}
	return control.Who{}, ""
}

var errEmpty = errors.New("core answered with no object")

// First reads an answer that is a list of one object, or the object.
func First(raw json.RawMessage) (Row, error) { return first(raw, nil) }

func first(raw json.RawMessage, err error) (Row, error) {
	if err != nil {
		return nil, err
	}
	if trimmed := bytes.TrimSpace(raw); len(trimmed) > 0 && trimmed[0] == '[' {
		var list []Row
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return nil, errEmpty
		}
		return list[len(list)-1], nil
	}
	var row Row
	if err := json.Unmarshal(raw, &row); err != nil {
		return nil, err
	}
	if len(row) == 0 {
		return nil, errEmpty
	}
	return row, nil
}
