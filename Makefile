PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help install run test check lock docs bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## everything Lockstep needs, into .venv, every package checked against its hash

# Runs again only when what is to be installed has changed.
$(INSTALLED): requirements/bootstrap.txt requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
		"Lockstep needs Python 3.11 or newer. Name one: make install PYTHON=python3.12")'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo >&2 \
		"This Python cannot make a virtual environment (ensurepip is missing). On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements/bootstrap.txt requirements/dev.txt
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@

run: $(INSTALLED) ## the whole system on this machine; Ctrl-C stops it
	@exec $(BIN)/lockstep dev

test: $(INSTALLED) ## all tests
	@$(BIN)/pytest --numprocesses 2

check: $(INSTALLED) ## style, types, import rules, and that the generated documents are current
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/lockstep docs --check

# The production set takes its versions from the tested set.
lock: $(INSTALLED) ## choose newest versions and write requirements/*.txt
	@echo uv | $(LOCK) --upgrade - -o requirements/bootstrap.txt
	@$(LOCK) --upgrade pyproject.toml --all-extras --group dev -o requirements/dev.txt
	@$(LOCK) --upgrade pyproject.toml --extra otlp --extra chat -c requirements/dev.txt -o requirements/runtime.txt

docs: $(INSTALLED) ## write the generated documents anew
	@$(BIN)/lockstep docs

bench: $(INSTALLED) ## measure
	@$(BIN)/python -m benchmarks

clean: ## remove .venv, caches and the local system's data
	@rm -rf $(VENV) .lockstep .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
