# Each target sets up .venv by itself; `make demo` is the place to start.
PYTHON ?= python3
BIN := .venv/bin
JOBS ?= auto

.DEFAULT_GOAL := help
.PHONY: help ready demo site test check lint types contracts strict bench clean

help:            ## what there is to make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "watcher needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 2; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv"; exit 2; }
	@echo "Installing (once)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . --group dev
	@touch .venv/ready

ready: .venv/ready  ## set up .venv, nothing else

demo: .venv/ready   ## the whole watch on invented sources, offline, in a minute (DEMO=--serve keeps serving)
	$(BIN)/watcher demo $(DEMO)

site: .venv/ready   ## collect the real sources and build ./site
	$(BIN)/watcher build

test: .venv/ready   ## the tests
	$(BIN)/python -m pytest -n $(JOBS)

check: lint types contracts strict test   ## all that CI runs: ruff, mypy, import contracts, strict site build, tests

lint: .venv/ready
	$(BIN)/ruff check .

types: .venv/ready
	$(BIN)/mypy

contracts: .venv/ready
	$(BIN)/lint-imports --no-cache

strict: .venv/ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir .cache/strict

bench: .venv/ready   ## the measurements (DATA=path of recorded data)
	$(BIN)/python -m benchmarks $(if $(DATA),--data $(DATA))

clean:           ## remove what was built; the store in .watcher/ stays
	rm -rf site demo .cache .mypy_cache .ruff_cache .pytest_cache build *.egg-info
