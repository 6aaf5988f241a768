# Everything that a person does here. `make help` lists it.
PYTHON ?= python3
VENV ?= .venv
HUB ?= 6
BIN := $(VENV)/bin
UNIT := not hub and not runs and not browser
# Node.js of the virtual environment comes first, so that every machine runs the same one.
export PATH := $(abspath $(BIN)):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-clean test test-unit test-system test-browser test-full lint format types bench coverage pictures lock wheel release-check clean

help:  ## List what can be done here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## Install everything below this folder (demo and test do it by themselves)
	@$(PYTHON) tools/setup.py --hub $(HUB) --venv $(VENV)

demo: setup  ## Run it all on this machine: App, hub, proxy, pipelines service
	@$(BIN)/openhexa-notebooks-demo $(DEMO)

demo-clean: setup  ## Forget what the demo has stored (people's notebooks too)
	@$(BIN)/openhexa-notebooks-demo --forget

test: setup-browser lint types test-unit test-system test-browser  ## All tests: checks, unit tests, real hub and runs, real browser

.PHONY: setup-browser
setup-browser:
	@$(PYTHON) tools/setup.py --hub $(HUB) --venv $(VENV) --browser

test-unit: setup  ## The unit suites alone (about a minute)
	$(BIN)/pytest -m "$(UNIT)" -n auto

test-system: setup  ## Real programs: JupyterHub and the node proxy, runs by the official SDK and command line
	$(BIN)/pytest -m "(hub or runs) and not browser"

test-browser: setup-browser  ## From login page to figure, in a real browser
	$(BIN)/pytest -m browser

test-full: setup-browser  ## Every JupyterHub (5.5, 6.x) on every Python that is at hand
	$(BIN)/python tools/matrix.py

coverage: setup  ## Line and branch coverage of the unit suites
	$(BIN)/pytest -m "$(UNIT)" --cov --cov-report=term-missing:skip-covered

lint: setup  ## Ruff: lint and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup  ## Let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup  ## mypy --strict, and TypeScript's checker
	$(BIN)/mypy
	cd ui && $(abspath $(BIN))/npm run --silent types

bench: setup  ## Benchmarks, each beside a floor or a peer
	$(BIN)/python -m bench

pictures: setup-browser  ## Take the pictures of README and docs anew
	$(BIN)/pytest -m browser --pictures docs/pictures

lock: setup  ## Resolve the dependencies anew into requirements/
	$(BIN)/python tools/lock.py

wheel: setup  ## Build the wheel into dist/
	$(BIN)/python -m build --wheel --no-isolation

release-check: setup wheel  ## Is this fit to be released?
	$(BIN)/towncrier build --draft --version next
	$(BIN)/python tools/check_wheel.py

clean:  ## Remove what was built and installed (not the demo's data)
	rm -rf .venv .venv-* dist build ui/node_modules hub_service/proxy/node_modules ui/openhexa_ui/static
