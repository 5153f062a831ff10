# demo     install what is missing, build, make a demo tenant, serve it
# test     install what the tests talk to, then every check and every test
# lint     formatting, lints and documents only
# clients  say the same through real clients to the program and to PostgreSQL
# faults   many rounds of injected faults; prints the table of docs/faults.md (ROUNDS=20)
# bench    build the release program, measure it beside PostgreSQL and DuckDB

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench clients faults build-tools test-tools client-tools

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
DATA ?= ./syllabase-data

# Python drivers and linters live in their own folder beside the build.
VENV := $(TARGET)/test-venv
export SYLLABASE_TEST_VENV := $(abspath $(VENV))
# Azurite, Microsoft's emulator of its object store, from npm.
export SYLLABASE_TEST_AZURITE := $(abspath $(TARGET)/stores/node_modules)
PYTHON_PACKAGES := -r tests/clients/requirements.txt

# What Debian 12 calls what we need.
BUILD_PACKAGES := libclang-dev clang
TEST_PACKAGES := postgresql-15 postgresql-client-15 odbc-postgresql unixodbc-dev \
	default-jdk-headless libpostgresql-jdbc-java python3-venv openssl strace libfaketime

# $(call install,packages): installs those that are missing, as root or through sudo.
define install
missing=""; \
for package in $(1); do \
	dpkg-query -W -f='$${Status}' "$$package" 2>/dev/null | grep -q 'install ok installed' \
		|| missing="$$missing $$package"; \
done; \
if [ -n "$$missing" ]; then \
	echo "installing:$$missing"; \
	if ! command -v apt-get >/dev/null; then \
		echo "this is not Debian: install the equivalent of$$missing" >&2; exit 1; fi; \
	root=""; if [ "$$(id -u)" != 0 ]; then root="sudo"; command -v sudo >/dev/null \
		|| { echo "run as root: apt-get install$$missing" >&2; exit 1; }; fi; \
	$$root apt-get update -qq; \
	$$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
fi
endef

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | head -6

demo: build-tools
	@echo "building (the first time this takes most of the wait)"
	$(CARGO) build --bin syllabase
	@$(TARGET)/debug/syllabase --data $(DATA) demo

test: build-tools test-tools
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps --document-private-items
	$(VENV)/bin/hadolint docker/Dockerfile
	$(VENV)/bin/yamllint --strict docker/compose.yml
	$(CARGO) test

lint: build-tools client-tools
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps --document-private-items
	$(VENV)/bin/hadolint docker/Dockerfile
	$(VENV)/bin/yamllint --strict docker/compose.yml

faults: build-tools test-tools
	rm -rf $(TARGET)/tmp/faults
	SYLLABASE_FAULT_ROUNDS=$(or $(ROUNDS),20) $(CARGO) test --test it -- faults:: sources:: crash::
	@cat $(TARGET)/tmp/faults/*.md

bench: build-tools test-tools
	$(CARGO) build --release --bin syllabase
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r tests/bench/requirements.txt
	$(VENV)/bin/python tests/bench/bench.py --program $(TARGET)/release/syllabase --work $(TARGET)/bench $(BENCH)

clients: build-tools test-tools
	@$(call install,$$(python3 tests/clients/run.py --packages --only '$(CLIENTS)'))
	$(CARGO) build --bin syllabase
	$(VENV)/bin/python tests/clients/run.py --program $(TARGET)/debug/syllabase --tools $(TARGET)/clients --only '$(CLIENTS)'

# As run.py does for clients that need node.
$(TARGET)/stores/done: tests/it/buckets/azurite/package.json tests/it/buckets/azurite/package-lock.json
	@command -v npm >/dev/null || { $(call install,nodejs npm); }
	rm -rf $(TARGET)/stores && mkdir -p $(TARGET)/stores
	cp $^ $(TARGET)/stores
	cd $(TARGET)/stores && npm ci --silent --no-audit --no-fund
	touch $@

build-tools:
	@compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null || { $(call install,$(BUILD_PACKAGES)); }

test-tools: $(TARGET)/stores/done
	@$(call install,$(TEST_PACKAGES))
	@$(MAKE) --no-print-directory client-tools

# Made again when the list of packages changes.
client-tools: $(VENV)/done

$(VENV)/done: tests/clients/requirements.txt
	@$(call install,python3-venv)
	rm -rf $(VENV)
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check $(PYTHON_PACKAGES)
	touch $@
