package opentera

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"
)

// samples has one message of every type with every field set, and one with none.
func samples(t *testing.T) (all []proto.Message) {
	t.Helper()
	for _, file := range []protoreflect.FileDescriptor{
		File_envelope_proto, File_presence_proto, File_rpc_proto, File_server_proto, File_session_proto,
	} {
		for i := range file.Messages().Len() {
			empty, full := newMessage(t, file.Messages().Get(i)), newMessage(t, file.Messages().Get(i))
			fill(t, full.ProtoReflect(), 1)
			all = append(all, empty, full)
		}
	}
	if len(all) != 2*20 {
		t.Fatalf("%d message types, want the 20 of core.md 8.4", len(all)/2)
	}
	value := (&Value{}).ProtoReflect().Descriptor().Fields() // each alternative of the oneof
	for i := range value.Len() {
		v := &Value{}
		v.ProtoReflect().Set(value.Get(i), scalar(value.Get(i), i+1))
		all = append(all, v)
	}
	return all
}

func newMessage(t *testing.T, d protoreflect.MessageDescriptor) proto.Message {
	t.Helper()
	a := &anypb.Any{TypeUrl: "type.googleapis.com/" + string(d.FullName())}
	m, err := a.UnmarshalNew()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// fill sets every field, each to another value: numbers and enums with several bytes or the last name.
func fill(t *testing.T, m protoreflect.Message, seed int) {
	t.Helper()
	if m.Descriptor().FullName() == "google.protobuf.Any" {
		inner := &StopSessionEvent{SessionUuid: fmt.Sprint("é", seed), ServiceUuid: "x"}
		if err := m.Interface().(*anypb.Any).MarshalFrom(inner); err != nil {
			t.Fatal(err)
		}
		return
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case f.IsList() && f.Message() != nil:
			list := m.Mutable(f).List()
			for j := range 2 {
				fill(t, list.AppendMutable().Message(), seed+i+j)
			}
		case f.IsList():
			list := m.Mutable(f).List()
			list.Append(scalar(f, seed+i))
			list.Append(scalar(f, seed+i+1))
		case f.Message() != nil:
			fill(t, m.Mutable(f).Message(), seed+i)
		default:
			m.Set(f, scalar(f, seed+i))
		}
	}
}

func scalar(f protoreflect.FieldDescriptor, n int) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		values := f.Enum().Values()
		return protoreflect.ValueOfEnum(values.Get(values.Len() - 1).Number())
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(n) << 20)
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(uint64(n) << 60)
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(-int64(n) << 40)
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(1.7e9 + float64(n)/4)
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(n) / 8)
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte{0, 255, byte(n)})
	}
	return protoreflect.ValueOfString(fmt.Sprintf("é\"<&>\u2028\n%d", n))
}

// protoc runs Debian's protoc on the .proto files of this package.
func protoc(t *testing.T, stdin []byte, args ...string) []byte {
	t.Helper()
	files, err := filepath.Glob("*.proto")
	if err != nil || len(files) == 0 {
		t.Fatalf("no .proto files: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), "protoc", slices.Concat([]string{"-I.", "-I/usr/include"}, args, files)...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("this test needs protoc (protobuf-compiler, libprotobuf-dev): %v\n%s", err, &stderr)
	}
	return out
}

func name(m proto.Message) string { return string(m.ProtoReflect().Descriptor().FullName()) }

// TestWireFormat compares our bytes with those that protoc makes of the same message written as text.
func TestWireFormat(t *testing.T) {
	for _, m := range samples(t) {
		ours, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		text, err := prototext.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		theirs := protoc(t, text, "--encode="+name(m), "--deterministic_output")
		if !bytes.Equal(ours, theirs) {
			t.Errorf("%s: got %x, want %x", name(m), ours, theirs)
		}
		back := newMessage(t, m.ProtoReflect().Descriptor())
		if err := proto.Unmarshal(theirs, back); err != nil || !proto.Equal(back, m) {
			t.Errorf("%s: decoded %v, %v, want %v", name(m), back, err, m)
		}
	}
}

func TestAnyTypeURL(t *testing.T) {
	for _, m := range samples(t) {
		a, err := anypb.New(m)
		if err != nil {
			t.Fatal(err)
		}
		want := "type.googleapis.com/opentera.protobuf." + string(m.ProtoReflect().Descriptor().Name())
		if a.GetTypeUrl() != want {
			t.Errorf("got %s, want %s", a.GetTypeUrl(), want)
		}
	}
}

// toJSON is OpenTera's own mapping: json_format of Debian's python3-protobuf 3.21, one line in and out per message.
const toJSON = `
import base64, json, sys
sys.path.insert(0, sys.argv[1])
import envelope_pb2, presence_pb2, rpc_pb2, server_pb2, session_pb2
from google.protobuf.json_format import MessageToJson
for line in sys.stdin:
    event = envelope_pb2.TeraEvent.FromString(base64.b64decode(line))
    message = envelope_pb2.TeraMessage()
    message.message.Pack(event)
    print(json.dumps(MessageToJson(message, including_default_value_fields=True)))
`

func TestWebsocketJSON(t *testing.T) {
	dir := t.TempDir()
	protoc(t, nil, "--python_out="+dir)
	events := []*TeraEvent{{}, {Header: &TeraEvent_Header{}}}
	var all []*anypb.Any
	for _, m := range samples(t) {
		a, err := anypb.New(m)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
		events = append(events, &TeraEvent{
			Header: &TeraEvent_Header{Version: 1, Time: 1700000000.25, Topic: "websocket.user.1.events"},
			Events: []*anypb.Any{a},
		})
	}
	events = append(events, &TeraEvent{Events: all})
	var in bytes.Buffer
	for _, ev := range events {
		raw, err := proto.Marshal(ev)
		if err != nil {
			t.Fatal(err)
		}
		line, err := json.Marshal(raw) // base64 in quotes
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", toJSON, dir)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(bytes.ReplaceAll(in.Bytes(), []byte(`"`), nil)), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("this test needs python3-protobuf: %v\n%s", err, &stderr)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(events) {
		t.Fatalf("got %d lines for %d events", len(lines), len(events))
	}
	for i, ev := range events {
		ours, err := WebsocketJSON(ev)
		if err != nil {
			t.Fatal(err)
		}
		var theirs string
		if err := json.Unmarshal([]byte(lines[i]), &theirs); err != nil {
			t.Fatal(err)
		}
		if got, want := decode(t, ours), decode(t, []byte(theirs)); !reflect.DeepEqual(got, want) {
			t.Errorf("event %v:\ngot  %s\nwant %s", ev, ours, theirs)
		}
	}
}

// decode forgets the order of keys and the spelling of numbers; 64-bit integers are text in this mapping anyway.
func decode(t *testing.T, raw []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return v
}

func TestWebsocketJSONExample(t *testing.T) {
	a, err := anypb.New(&UserEvent{UserUuid: "u", Type: UserEvent_USER_CONNECTED})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := WebsocketJSON(&TeraEvent{Header: &TeraEvent_Header{Version: 1, Time: 1.5, Topic: "t"}, Events: []*anypb.Any{a}})
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		t.Fatal(err)
	}
	const prefix = `"@type":"type.googleapis.com/opentera.protobuf.`
	want := `{"message":{` + prefix + `TeraEvent","header":{"version":1,"time":1.5,"topic":"t"},"events":[{` + prefix +
		`UserEvent","userUuid":"u","type":"USER_CONNECTED","userFullname":""}]}}`
	if compact.String() != want {
		t.Errorf("got  %s\nwant %s", &compact, want)
	}
}
