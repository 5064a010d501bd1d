# All that is needed: make and Python >= 3.11. `make help` lists the targets.

# The first of these that is new enough; `make PYTHON=...` names another.
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
  "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$each" && exit; done; echo python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# For `make torture`: a failing run prints its seed, and SEED=<that> repeats it.
SEED ?= 1
KILLS ?= 40
# What `make parity` compares with: a Python that has this release of Dagster. REFERENCE=<python> names another.
DAGSTER_VERSION := 1.13.27
PARITY_STAMP := .parity-venv/.dagster-$(DAGSTER_VERSION)
REFERENCE ?= .parity-venv/bin/python
# How many random lives of asset graphs `make parity` compares; what is recorded is fewer.
PARITY_SEEDS ?= 500
# Which project of examples/ `make demo` starts.
EXAMPLE ?= quickstart
# Builds the pages, and runs scripts of ui/package.json, with the machine's node or that of the environment.
UI := $(BIN)/python -m scripts.build_ui
# `auto` is one worker per core.
WORKERS ?= auto
# How often a test that failed is tried again (count). Those that pass then are named at the end: a race, or a wait that
# was too short for a machine with other work.
AGAIN ?= 0

# Compiled bytecode is part of how fast this starts; an environment that forbids it is overruled here.
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help env demo ui build-ui api-types ui-check test test-ui test-slow test-deep screenshots ui-budgets parity check format lint types layers house stubs coverage-docs changelog build dist-check torture bench bench-dagster clean
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 @\2/p' $(MAKEFILE_LIST) | awk -F@ '{printf "%-22s %s\n", $$1, $$2}'

env: $(STAMP) ## create .venv and install watchbell, the alias and the tools

# The install builds the pages; where that fails, for want of a registry, it says how to go on without.
$(STAMP): pyproject.toml packages/dagster/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "watchbell needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "$(PYTHON) cannot create environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --no-compile --editable '.[dev,quickstart]' --editable packages/dagster
	@touch $@

demo: build-ui ## start the quickstart: schedules, sensors and the web page (PORT=3010, EXAMPLE=automations for others)
	cd examples/$(EXAMPLE) && ../../$(BIN)/watchbell dev $(if $(PORT),--port $(PORT))

ui: env ## develop the pages: vite at port 5173, which asks the server at port 3000 (`make demo`; WATCHBELL_SERVER=http://...)
	$(UI) run dev

build-ui: env ## build the pages into src/watchbell/web/static/, if ui/ has changed (WATCHBELL_SKIP_UI=1: leave them out)
	$(UI)

api-types: env ## write the API's description and the types that ui/ has of it
	$(BIN)/python -m scripts.make_openapi
	$(UI) run --silent api

ui-check: env ## types, lint, and whether the API's types are those of the server
	$(UI) run --silent types
	$(UI) run --silent lint
	$(BIN)/python -m scripts.make_openapi --check

test: env ## all tests but those in the browser, in parallel, except those marked slow
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --reruns $(AGAIN) -raR --ignore tests/ui

test-ui: build-ui ## the tests in a real browser (chromium)
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --reruns $(AGAIN) -raR tests/ui

screenshots: build-ui ## write docs/screens/*.png, each main screen of a shop's past
	$(BIN)/python -m tests.ui.screenshots

ui-budgets: build-ui ## measure the pages and write docs/ui-budgets.md
	$(BIN)/python -m bench.ui_budgets

test-slow: env ## the tests marked slow
	$(BIN)/pytest -n $(WORKERS) -m slow

test-deep: env ## as test, with the slow ones and every case of what test tries a share of (tests/depth.py)
	TEST_DEPTH=deep $(BIN)/pytest -n $(WORKERS) --dist worksteal -m "slow or not slow" --ignore tests/ui

parity: env $(if $(filter .parity-venv/%,$(REFERENCE)),$(PARITY_STAMP)) ## run the scenarios here and on Dagster, compare line by line (RECORD=1 writes them down)
	$(if $(RECORD),$(REFERENCE) -m tests.parity.run --record)
	$(if $(RECORD),$(BIN)/python -m tests.parity.run --record)
	PARITY_SEEDS=$(PARITY_SEEDS) $(BIN)/python -m tests.parity.run --reference $(REFERENCE)

$(PARITY_STAMP):
	@$(PYTHON) -m venv .parity-venv
	.parity-venv/bin/python -m pip install --quiet dagster==$(DAGSTER_VERSION) time-machine
	@touch $@

check: format lint layers types house ## format, lint, types, layers, house rules; `make -j2 check` in less time

format: env
	$(BIN)/ruff format --check .

lint: env
	$(BIN)/ruff check .

types: env
	$(BIN)/mypy

layers: env
	$(BIN)/lint-imports --no-logo

house: env
	$(BIN)/pytest -q tests/house

stubs: env ## write src/watchbell/__init__.pyi and docs/coverage.md from _names.py
	$(BIN)/python scripts/make_stubs.py
	$(BIN)/python scripts/make_coverage.py

coverage-docs: env ## write docs/coverage.md: which of Dagster's public names are there
	$(BIN)/python scripts/make_coverage.py

changelog: env ## fold changelog.d/ into CHANGELOG.md under the version of pyproject.toml
	$(BIN)/python scripts/fold_changelog.py

build: env ## wheel and sdist of watchbell and of the alias, in dist/
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist .
	$(BIN)/python -m build --no-isolation --outdir dist packages/dagster

dist-check: build ## install what was built into empty environments and run it from an empty folder
	$(BIN)/python scripts/check_dist.py dist

torture: env ## kill -9 whatever makes schedules, sensors, backfills and conditions work (SEED, KILLS); nothing may be lost or doubled
	$(BIN)/python -m tests.torture.torture --seed $(SEED) --kills $(KILLS)
	$(BIN)/python -m tests.torture.automation_torture --seed $(SEED) --kills $(KILLS)
	$(BIN)/python -m tests.torture.backfill_torture --seed $(SEED) --kills $(KILLS)
	$(BIN)/python -m tests.torture.condition_torture --seed $(SEED) --kills $(KILLS)

bench: env ## measure; results as JSON lines
	$(BIN)/python -m bench

bench-dagster: ## create .venv-dagster, with Dagster for `make bench` to compare with
	@$(PYTHON) -m venv .venv-dagster
	.venv-dagster/bin/python -m pip install --quiet dagster dagster-webserver

clean: ## remove the environment and everything generated
	rm -rf $(VENV) .venv-dagster .parity-venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
