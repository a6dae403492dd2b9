// Package opentera holds OpenTera's protobuf messages: the events, module messages and RPC calls that its processes
// exchange over Redis and send to websocket clients. The .proto files are the source; `make generate` makes the rest.
package opentera

//go:generate sh ../../scripts/protoc.sh
