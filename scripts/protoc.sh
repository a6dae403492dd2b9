#!/bin/sh
# Generates the Go code of proto/opentera with Debian's protoc and the protoc-gen-go that go.mod pins.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
"$root/scripts/install.sh" protobuf-compiler libprotobuf-dev
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
cd "$root"
GOBIN=$bin go install google.golang.org/protobuf/cmd/protoc-gen-go
PATH=$bin:$PATH protoc -I proto/opentera -I /usr/include --go_out=. --go_opt=module=github.com/gotera/gotera proto/opentera/*.proto
