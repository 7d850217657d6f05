# `make` alone lists the targets. Everything is installed into this folder: .venv and .aik.

BIN := .venv/bin
INSTALLED := .venv/.installed
ENGINES := .aik/engines/venv/.installed
PROJECTS := pyproject.toml $(wildcard libs/*/pyproject.toml services/*/pyproject.toml)
FOLDERS := conftest.py libs services tests
SOURCES := $(wildcard libs/*/src services/*/src)
SERVERS := embedded
WORKERS := $(if $(filter external,$(SERVERS)),1,2)
BENCHMARKS := overhead throughput intake take cancel fairness outage requests listeners webhooks isolation

# Containers often forbid Python to keep what it compiles; then each of our many processes compiles for seconds anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help install demo up status logs down clean test test-engines trace faults bench bench-memory bench-karaoke \
	bench-qc check check-deploy images format lock openapi asyncapi asyncapi-check schemathesis typescript-check \
	browser-check upgrade-check restore-check

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

install: $(INSTALLED) ## install everything into .venv (the other targets do it when it is needed)

$(INSTALLED): requirements.lock tools/bootstrap.sh $(PROJECTS)
	@tools/bootstrap.sh

# LANGUAGE counts only on make's own command line: many systems set a variable of this name for translations.
demo: install ## make a karaoke track [SONG=file] [LYRICS=file] [LANGUAGE=en] [TITLE=…] [ARTIST=…] [ACCEPT_QC=1]; without SONG a short song that is included
	@$(BIN)/aik-local demo $(if $(SONG),--song "$(SONG)") $(if $(LYRICS),--lyrics "$(LYRICS)") \
		$(if $(TITLE),--title "$(TITLE)") $(if $(ARTIST),--artist "$(ARTIST)") $(if $(ACCEPT_QC),--accept-qc) \
		$(if $(filter command,$(origin LANGUAGE)),--language "$(LANGUAGE)")

up: install ## start all servers and services; returns when they are ready, addresses and keys are in .aik/env
	@$(BIN)/aik-local up

status: install ## show every process with its state, uptime and memory
	@$(BIN)/aik-local status

logs: install ## show the last log lines [S=service]
	@$(BIN)/aik-local logs $(if $(S),"$(S)")

down: install ## stop everything; the data stays
	@$(BIN)/aik-local down

clean: install ## stop everything and remove its data, keys and logs
	@$(BIN)/aik-local clean

NEED_MODELS := test test-engines trace faults upgrade-check bench bench-memory bench-karaoke bench-qc schemathesis typescript-check restore-check
$(NEED_MODELS): export ORT_DISABLE_TELEMETRY := 1
$(NEED_MODELS): export AIK_MODELS := $(CURDIR)/.aik/models
test: export AIK_TEST_SERVERS := $(SERVERS)
test: install ## run all tests on real servers, of its own for each of the WORKERS=2 [SERVERS=containers, or external: tests/servers/README.md]
	@$(BIN)/pytest -n $(WORKERS)

test-engines: $(ENGINES) ## install the production engines apart, 8 GB (Linux on x86_64), and test every engine by its port's rules
	@.aik/engines/venv/bin/python -m pytest -c tests/engines/torch/pyproject.toml tests/engines

$(ENGINES): tests/engines/torch/requirements.lock tools/bootstrap.sh $(PROJECTS)
	@tools/bootstrap.sh engines

bench: install ## measure overhead, throughput, intake, queue, cancel, fairness, outages (half an hour; tests/bench/README.md)
	@for name in $(BENCHMARKS); do $(BIN)/python -m tests.bench.$$name || exit 1; done

bench-memory: install ## measure the memory of every step on a song of 3 and of 30 minutes (takes a quarter of an hour)
	@$(BIN)/python tests/bench/long_song.py

bench-karaoke: install ## make songs with known word times and measure how well they are found [ARGS="--only en-long"]
	@tools/bootstrap.sh bench
	@$(BIN)/python -m tests.bench.karaoke $(ARGS)

bench-qc: install ## check good songs and spoiled ones and count what is caught and false alarms [ARGS="--seed 1000"]
	@tools/bootstrap.sh bench
	@$(BIN)/python -m tests.bench.karaoke_qc $(ARGS)

trace: install ## draw the trace of one song as a tree, from the request to the webhook [SONG=file]
	@$(BIN)/python -m tests.tracing $(if $(SONG),--song "$(SONG)")

faults: install ## kill, end and pause processes and servers during jobs [SEED=1] [KILLS=200] [JOBS=50] [ENGINES=real]
	@$(BIN)/python -m tests.faults $(if $(SEED),--seed $(SEED)) $(if $(KILLS),--kills $(KILLS)) \
		$(if $(JOBS),--jobs $(JOBS)) $(if $(ENGINES),--engines $(ENGINES))

upgrade-check: install ## go from a release to a next one, service by service, during jobs [OLD=HEAD] [JOBS=20] [WAY=readers-first]
	@$(BIN)/python -m tests.upgrade $(if $(OLD),--old $(OLD)) $(if $(JOBS),--jobs $(JOBS)) $(if $(WAY),--way $(WAY))

restore-check: install ## back up, lose everything and restore it by the commands of docs/operations.md (3 minutes)
	@$(BIN)/pytest tests/restore

check: export MYPYPATH := $(subst $() ,:,$(SOURCES))
check: install ## check formatting, lint, types, imports, and that the events keep their last release
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(FOLDERS)
	$(BIN)/lint-imports
	$(BIN)/aik-events schemas check

check-deploy: ## check the Dockerfile, docker-compose.yml and every object of k8s/ (needs Go)
	@tools/check-deploy.sh

images: ## build the image of every service (needs Docker with buildx)
	@REVISION=$$(git rev-parse HEAD) docker buildx bake --load

format: install ## format the code and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: export UV_CACHE_DIR := $(CURDIR)/.aik/uv-cache
lock: install ## resolve every dependency anew from the pyproject.toml files and write the lock files
	.aik/uv/bin/uv lock --quiet
	.aik/uv/bin/uv export --quiet --all-packages --no-emit-workspace --no-header --format requirements-txt \
		-o requirements.lock
	.aik/uv/bin/uv export --quiet --only-group bench --no-emit-project --no-header --format requirements-txt \
		-o requirements-bench.lock
	@for service in $(notdir $(wildcard services/*)); do .aik/uv/bin/uv export --quiet --package aik-$$service --no-dev \
		--no-editable --no-header --no-annotate --format requirements-txt -o services/$$service/requirements.lock; done
	.aik/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url images/build.in -o images/build.lock
	.aik/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url tests/restore/aws.in -o tests/restore/aws.lock
	.aik/uv/bin/uv lock --quiet --project tests/engines/torch
	.aik/uv/bin/uv export --quiet --project tests/engines/torch --no-emit-project --no-emit-local --no-header \
		--format requirements-txt -o tests/engines/torch/requirements.lock

openapi: install ## write docs/openapi.json from the code [RELEASE=1: and make it what later changes are compared with]
	$(BIN)/aik-gateway openapi > docs/openapi.json
	$(if $(RELEASE),cp docs/openapi.json docs/openapi-released.json)

asyncapi: install ## write docs/asyncapi.json and docs/events.md from the catalogue of events
	@$(BIN)/aik-events asyncapi

asyncapi-check: install ## have the official parser read docs/asyncapi.json (needs Node and npm)
	@$(BIN)/python -m tests.contract.asyncapi

schemathesis: install ## ask the whole suite thousands of generated questions [EXAMPLES=100] [SEED=1]
	@$(BIN)/python -m tests.generated $(if $(EXAMPLES),--examples $(EXAMPLES)) $(if $(SEED),--seed $(SEED))

typescript-check: install ## generate a TypeScript client and use it on the whole suite (needs Node and npm)
	@$(BIN)/python -m tests.contract.typescript

browser-check: install ## look at karaoke.html in a headless Chromium (needs one) [PAGE=out/x/karaoke.html] [PICTURES=folder]
	@tools/bootstrap.sh bench
	@$(BIN)/python -m tests.browser $(if $(PAGE),--page "$(PAGE)") $(if $(PICTURES),--pictures "$(PICTURES)")
