# City Brain. `make` alone lists the targets.

# The toolchain line of go.mod holds, whatever the environment or `go env -w` pins.
export GOTOOLCHAIN := auto

GO        ?= go
VERSION   := $(or $(shell git describe --tags --always --dirty 2>/dev/null),unversioned)
FUZZTIME  ?= 10m
TESTFLAGS ?=
BENCHDOC  := docs/performance.md

# golangci-lint refuses code newer than the Go it was built with, so it is built
# with the toolchain of go.mod.
LINT_VERSION := v2.15.0
LINT         := bin/tools/golangci-lint-$(LINT_VERSION)
TOOLCHAIN    := $(shell sed -n 's/^toolchain //p' go.mod)

.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z][a-zA-Z%-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "  make %-14s %s\n", $$1, $$2 }'

build: console ## bin/citybrain with its console
	$(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/citybrain ./cmd/citybrain

demo: build ## a simulated city in a temporary folder, with accounts and a page
	bin/citybrain demo $(DEMOFLAGS)

test: build test-console test-go test-browser ## every test; those on real data need CITYBRAIN_DATA

test-go: ## the tests of the program
	$(GO) test -timeout 14m -p 2 $(TESTFLAGS) ./...

# The console is built again only when something of it has changed.
CONSOLE_SOURCES := $(shell find console -type f -not -path 'console/node_modules/*' -not -path 'console/dist/*' 2>/dev/null)

console: console/dist/index.html ## the console's pages, into console/dist

console/dist/index.html: console/node_modules/.installed $(CONSOLE_SOURCES)
	cd console && npm run build
	@touch $@

console/node_modules/.installed: console/package.json console/package-lock.json
	cd console && npm ci --no-audit --no-fund
	@touch $@

test-console: console/node_modules/.installed ## unit tests of the console
	cd console && npm test

test/browser/node_modules/.installed: test/browser/package.json test/browser/package-lock.json
	cd test/browser && npm ci --no-audit --no-fund
	@touch $@

# Without Chromium the browser tests say how to install it; with CI=true its
# absence is a failure.
test-browser: build test/browser/node_modules/.installed ## browser tests with Debian's Chromium
	cd test/browser && node run.mjs short

browser: build test/browser/node_modules/.installed ## the long browser tests too
	cd test/browser && node run.mjs all

screenshots: build test/browser/node_modules/.installed ## every screen in four sizes and two languages, into screenshots/
	cd test/browser && node run.mjs screenshots

check: format vet lint rules ## format, vet, golangci-lint, go.mod, the repository's rules

format: ## fails if a Go file is not formatted
	@files=$$(find . -name '*.go' -not -path './bin/*' -not -path './data/*' -print0 | xargs -0 "$$($(GO) env GOROOT)/bin/gofmt" -l); \
	if [ -n "$$files" ]; then echo "not formatted (run gofmt -w on them):"; echo "$$files"; exit 1; fi

vet: ## go vet
	$(GO) vet ./...

lint: $(LINT) ## golangci-lint
	$(LINT) run ./...

rules: ## the rules of the repository, and a tidy go.mod
	@$(GO) mod tidy -diff >/dev/null || { echo 'go.mod is not tidy: run go mod tidy'; exit 1; }
	$(GO) test -count=1 .

$(LINT):
	@echo "building golangci-lint $(LINT_VERSION): once, some minutes"
	GOTOOLCHAIN=$(TOOLCHAIN)+auto GOFLAGS= GOBIN='$(CURDIR)/bin/tools' $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv bin/tools/golangci-lint $@

bench-ekuiper: build ## beside eKuiper: make bench-ekuiper EKUIPER=/path/of/kuiperd
	EKUIPER='$(EKUIPER)' bin/citybrain bench ekuiper

bench: build ## every area, at most 20 minutes; needs CITYBRAIN_DATA
	bin/citybrain bench

bench-docs: build ## every area, and writes docs/performance.md
	bin/citybrain bench --write $(BENCHDOC)

bench-%: build ## one area, longer
	bin/citybrain bench $*

fuzz: ## every fuzz target for FUZZTIME (10m); the corpus stays in testdata/fuzz
	@set -e; $(GO) list -f '{{.ImportPath}} {{.Dir}}' ./... | while read -r pkg dir; do \
	  list=$$($(GO) test -list '^Fuzz' "$$pkg" </dev/null); \
	  for target in $$(printf '%s\n' "$$list" | grep '^Fuzz'); do \
	    echo "== $$pkg $$target, $(FUZZTIME)"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$pkg" -args -test.fuzzcachedir="$$dir/testdata/fuzz" </dev/null; \
	  done; \
	done

clean: ## remove what was built
	rm -rf bin console/node_modules test/browser/node_modules test/browser/results screenshots
	find console/dist -mindepth 1 -not -name README.txt -delete

.PHONY: help build demo console test test-go test-console test-browser browser screenshots check format vet lint rules bench bench-docs bench-ekuiper fuzz clean
