package rehab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/opentera"
)

const (
	maxRequest  = 1 << 20 // bytes of JSON
	maxInvitees = 200     // in one request and in one session
)

// kinds in the order in which everything is done for them (rehab.md 3 and 4).
var kinds = []string{control.User, control.Participant, control.Device}

// uuids go into URLs and topics, so only characters that need no escaping in either.
var validUUID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// request is a checked session_manage call.
type request struct {
	action     string
	id         int64  // 0: new, or named by uuid
	uuid       string // session_uuid, may be empty
	typ        int64  // id_session_type, 0 when not given
	parameters json.RawMessage
	creators   map[string]json.RawMessage // id_creator_*
	lists      map[string][]string        // by kind; a kind that was not sent is missing
	order      []string                   // the keys as they came: see fill.go
	reply      reply
}

// reply is what invite_reply says.
type reply struct {
	code opentera.JoinSessionReplyEvent_ReplyType
	text string
	who  []control.Who // all that were named, in the order of kinds
}

// parseRequest reads the one argument of session_manage. Its errors name the field.
func parseRequest(args bus.Args) (request, error) {
	var r request
	if len(args) != 1 {
		return r, failf("session_manage takes one argument, got %d", len(args))
	}
	text, ok := args[0].(string)
	if raw, isBytes := args[0].([]byte); isBytes {
		text, ok = string(raw), true
	}
	if !ok {
		return r, failf("The argument of session_manage must be JSON text")
	}
	if len(text) > maxRequest {
		return r, failf("The request is larger than %d bytes", maxRequest)
	}
	var body, fields map[string]json.RawMessage // a struct would take other spellings of a key too, unlike the core
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return r, failf("Malformed JSON: the argument must be an object")
		}
		return r, failf("Malformed JSON: %v", err)
	}
	manage := body["session_manage"]
	if len(manage) == 0 || json.Unmarshal(manage, &fields) != nil || fields == nil {
		return r, failf("session_manage is missing or not an object")
	}
	r.order = keys(manage)
	return r, r.read(fields)
}

func (r *request) read(f map[string]json.RawMessage) (err error) {
	if r.action, err = textField(f, "action"); err != nil {
		return err
	}
	if r.action == "" {
		return failf("action is missing")
	}
	if r.id, err = intField(f, "id_session"); err != nil {
		return err
	}
	if r.uuid, err = textField(f, "session_uuid"); err != nil {
		return err
	}
	if !present(f["id_session"]) && r.uuid == "" {
		return failf("id_session is missing")
	}
	if r.typ, err = intField(f, "id_session_type"); err != nil {
		return err
	}
	if raw := f["parameters"]; present(raw) {
		r.parameters = raw
	}
	r.creators = map[string]json.RawMessage{}
	for _, kind := range append(kinds, "service") {
		name := "id_creator_" + kind
		if _, err := intField(f, name); err != nil {
			return err
		}
		if present(f[name]) {
			r.creators[name] = f[name]
		}
	}
	if err := r.readLists(f); err != nil {
		return err
	}
	if r.action == "invite_reply" {
		return r.readReply()
	}
	return nil
}

func (r *request) readLists(f map[string]json.RawMessage) error {
	r.lists = map[string][]string{}
	total := 0
	for _, kind := range kinds {
		name := "session_" + kind + "s"
		if !present(f[name]) {
			continue
		}
		var list []string
		if json.Unmarshal(f[name], &list) != nil {
			return failf("%s must be a list of uuids", name)
		}
		seen := map[string]bool{}
		unique := []string{}
		for _, uuid := range list {
			if !validUUID.MatchString(uuid) {
				return failf("%s holds something that is not a uuid", name)
			}
			if !seen[uuid] {
				seen[uuid] = true
				unique = append(unique, uuid)
			}
		}
		if total += len(unique); total > maxInvitees {
			return failf("%s: more than %d invitees in one request", name, maxInvitees)
		}
		r.lists[kind] = unique
	}
	return nil
}

// replyWords are the texts that the core's user endpoint also takes (rehab.md 3).
var replyWords = map[string]int64{"accept": 1, "reject": 2, "deny": 2, "busy": 3, "timeout": 4}

func (r *request) readReply() error {
	if r.parameters == nil {
		return failf("parameters is missing: invite_reply needs parameters.reply_code")
	}
	var p map[string]json.RawMessage
	if json.Unmarshal(r.parameters, &p) != nil {
		return failf("parameters must be an object")
	}
	if !present(p["reply_code"]) {
		return failf("parameters.reply_code is missing")
	}
	code, err := intField(p, "reply_code")
	if err != nil {
		word, _ := textField(p, "reply_code")
		code = replyWords[word]
	}
	if code < 1 || code > 4 {
		return failf("parameters.reply_code must be 1 to 4, or accept, deny, busy or timeout")
	}
	r.reply.code = opentera.JoinSessionReplyEvent_ReplyType(code)
	if r.reply.text, err = textField(p, "reply_msg"); err != nil {
		return failf("parameters.reply_msg must be text")
	}
	for _, kind := range kinds {
		uuid, err := textField(p, kind+"_uuid")
		if err != nil || uuid != "" && !validUUID.MatchString(uuid) {
			return failf("parameters.%s_uuid must be a uuid", kind)
		}
		if uuid != "" {
			r.reply.who = append(r.reply.who, control.Who{Kind: kind, UUID: uuid})
		}
	}
	if len(r.reply.who) == 0 {
		return failf("parameters.user_uuid, participant_uuid or device_uuid is missing")
	}
	return nil
}

// listed reports whether any invitee was named.
func (r *request) listed() bool {
	for _, list := range r.lists {
		if len(list) > 0 {
			return true
		}
	}
	return false
}

func present(raw json.RawMessage) bool {
	return len(raw) > 0 && !bytes.Equal(bytes.TrimSpace(raw), []byte("null"))
}

// intField reads a non-negative whole number, also one written as text; 0 when missing.
func intField(f map[string]json.RawMessage, name string) (int64, error) {
	if !present(f[name]) {
		return 0, nil
	}
	text := strings.TrimSpace(strings.Trim(strings.TrimSpace(string(f[name])), `"`))
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		x, ferr := strconv.ParseFloat(text, 64) // 4.0 is what some JSON writers make of 4
		if ferr != nil || x != math.Trunc(x) || math.Abs(x) > 1<<53 {
			return 0, failf("%s must be a whole number", name)
		}
		n = int64(x)
	}
	if n < 0 {
		return 0, failf("%s must not be negative", name)
	}
	return n, nil
}

func textField(f map[string]json.RawMessage, name string) (string, error) {
	var s string
	if present(f[name]) && json.Unmarshal(f[name], &s) != nil {
		return "", failf("%s must be text", name)
	}
	return s, nil
}

// keys are an object's keys in the order in which they are written.
func keys(object json.RawMessage) []string {
	dec := json.NewDecoder(bytes.NewReader(object))
	var names []string
	depth, isKey := 0, false
	for {
		t, err := dec.Token()
		if err != nil {
			return names
		}
		if d, ok := t.(json.Delim); ok {
			if d == '{' || d == '[' {
				depth++
				isKey = depth == 1
				continue
			}
			if depth--; depth == 1 {
				isKey = true
			}
			continue
		}
		if depth != 1 {
			continue
		}
		if isKey {
			names = append(names, fmt.Sprint(t))
		}
		isKey = !isKey
	}
}
