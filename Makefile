# Targets that need Debian or npm packages install what is missing and say so; a second run installs nothing.
SHELL := /bin/sh
GO ?= go
BIN := bin/gotera
# The race detector, but not inside SQLite, which is C made into Go, nor in bcrypt's cipher: half of the tests' time. The
# driver, database/sql and everything above them are watched.
UNWATCHED := modernc.org/sqlite/lib modernc.org/libc modernc.org/memory golang.org/x/crypto/blowfish
RACE := -race $(foreach p,$(UNWATCHED),'-gcflags=$(p)=-race=false -d=checkptr=0')
GO_SOURCES := $(shell find . -name '*.go' -not -path './*/node_modules/*') go.mod go.sum
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' -not -name '*.go')

.DEFAULT_GOAL := help
.PHONY: help run build test test-go test-web test-browser test-interop profiles faults fuzz screenshots bench lint fmt generate check clean packages browser-packages

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## a whole working server with demo accounts; nothing else to install or start
	$(BIN) serve --demo

build: $(BIN) $(BIN)-room ## the program, with the front-end inside, and its rooms' part by itself, which takes less memory

$(BIN) $(BIN)-room &: web/dist/.built $(GO_SOURCES) $(shell find configs proto web -name '*.json' -not -path '*/node_modules/*' -not -path 'web/dist/*')
	$(GO) build -o $(dir $(BIN)) ./cmd/gotera ./cmd/gotera-room
	@touch $(BIN) $(BIN)-room

bin/netpath: $(shell find e2e/netpath -name '*.go') go.mod go.sum
	$(GO) build -o $@ ./e2e/netpath

web/node_modules/.installed: web/package-lock.json
	@echo "installing npm packages: web"
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/.built: web/node_modules/.installed $(WEB_SOURCES)
	cd web && npm run --silent build
	@touch $@

e2e/node_modules/.installed: e2e/package-lock.json
	@echo "installing npm packages: e2e"
	cd e2e && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

packages: ## install the Debian packages that the Go tests need
	@scripts/install.sh redis-server nginx libnginx-mod-stream postgresql protobuf-compiler libprotobuf-dev python3-protobuf

browser-packages: packages ## install the Debian packages that the browser tests need
	@scripts/install.sh chromium firefox-esr fonts-dejavu-core iproute2 nftables libnss3-tools

test: lint test-web test-go test-browser ## everything that must pass before a merge

test-go: packages web/dist/.built ## Go tests, with the race detector
	$(GO) test $(RACE) -vet=off -p 3 -timeout 20m ./sfu ./signaling ./...

test-web: web/node_modules/.installed ## TypeScript checks and unit tests
	cd web && npm run --silent check && npm test --silent

test-browser: browser-packages build bin/netpath e2e/node_modules/.installed ## journeys of real browsers through the whole system
	cd e2e && npm test --silent

test-interop: build ## tests against independent implementations from Python's package index
	scripts/test-interop.sh

fuzz: ## every fuzz target for FUZZTIME (10s)
	scripts/fuzz.sh $(FUZZTIME)

screenshots: browser-packages web/node_modules/.installed ## pictures of every state of every page, into screenshots/
	cd web && npm run --silent screenshots

profiles: browser-packages build bin/netpath e2e/node_modules/.installed ## measure the network profiles, into docs/network-profiles.md
	cd e2e && node profiles.mjs --seconds 30 --write

faults: packages web/dist/.built ## 1,000 faults in calls that must flow again: some 15 minutes
	FAULTS=1000 $(GO) test -timeout 60m -v ./e2e/faults

bench: browser-packages build e2e/node_modules/.installed ## the benchmarks of bench/README.md
	$(GO) run ./bench/session-start
	$(GO) run ./bench/rest
	$(GO) run ./bench/sfu
	$(GO) run ./bench/data
	$(GO) run ./bench/isolation
	cd e2e && node first-frame.mjs
	$(GO) test ./sfu -run '^$$' -bench Forward -benchmem

lint: ## go vet, staticcheck, gofmt
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'run make fmt'; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

fmt: ## format the Go code
	gofmt -w $$(git ls-files '*.go')

generate: ## protobuf code from proto/opentera/*.proto
	scripts/protoc.sh

check: test test-interop ## what the continuous integration runs

clean: ## remove what the build made (data/ stays)
	rm -rf bin web/dist/* web/dist/.built web/node_modules e2e/node_modules screenshots
