# kith: `make run` builds and serves, `make test` tests everything, `make help` lists the rest.
MAKEFLAGS += --no-print-directory
.PHONY: help run test build lint verify bench bench-million soak clean

# What the binary calls itself. A clone without tags or of another user's still builds.
VERSION = $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# Recipes begin with this, so that they find a Go that is new enough.
GO = go=$$(scripts/ensure-go) && export PATH="$$(dirname "$$go"):$$PATH" &&

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 22

run: build ## build, then serve on http://127.0.0.1:8080 with its data in ./data
	@exec bin/kith serve

test: ## everything: static checks, unit and store tests on both engines, end to end, the real client
	@scripts/test

build: ## bin/kith: static, no cgo
	@$(GO) CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/kith ./cmd/kith

lint: ## gofmt, go vet, staticcheck, golangci-lint
	@scripts/lint all

verify: ## fails when a generated file is stale
	@scripts/verify

bench: build ## the measurements of bench/
	@$(GO) KITH_BINARY="$(CURDIR)/bin/kith" go test -run '^$$' -bench . -skip Million ./bench/...

bench-million: build ## the same with a million users: first it makes them, for minutes
	@$(GO) KITH_BINARY="$(CURDIR)/bin/kith" go test -run '^$$' -bench Million -timeout 1h ./bench/...

soak: build ## the end-to-end tests with many more rounds
	@$(GO) KITH_SOAK=1 KITH_BINARY="$(CURDIR)/bin/kith" scripts/with-postgres go test -count=1 -timeout 2h ./test/e2e/...

clean: ## removes what was built, not ./data
	@rm -rf bin build test/*/node_modules
