# Every target sets up what it needs in .venv; nothing else has to be installed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.set-up
CHARTS := $(VENV)/.set-up-charts
DEV := $(VENV)/.set-up-dev
BENCH := $(VENV)/.set-up-bench
PLATFORM ?= discord

.DEFAULT_GOAL := help
.PHONY: help demo run charts test format lint types imports check bench lock clean

help:  ## Say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(RUN)  ## Play a day in a guild on the embedded platform (PLATFORM=discord or fluxer)
	@$(BIN)/python -m bot demo --platform $(PLATFORM)

run: $(RUN)  ## Run on a real server; the token stands in .env (see README.md)
	@$(BIN)/usher run

charts: $(CHARTS)  ## Install what draws the pictures in reports

test: lint types imports check  ## Everything CI runs: format, lint, types, import contracts, tests

lint: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(DEV)
	$(BIN)/mypy bot cogs data
	$(BIN)/mypy tests

imports: $(DEV)
	$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

# Most tests wait for something, so there are more workers than cores.
check: $(DEV)
	$(BIN)/pytest -n 4 --cov --cov-report=term

format: $(DEV)  ## Format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(BENCH)  ## Measure, and print a table and the machine
	@$(BIN)/python -m tests.benchmarks

lock: $(DEV)  ## Renew the pinned requirements (needs uv on the PATH)
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group build pyproject.toml --output-file requirements.txt
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group build --group dev --extra charts pyproject.toml --constraint requirements.txt --output-file requirements-dev.txt
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --extra charts pyproject.toml --constraint requirements.txt --output-file requirements-charts.txt
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --no-deps --group pyproject.toml:bench --output-file requirements-bench.txt

clean:  ## Remove the environment and every cache
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage*

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Usher needs Python 3.11 or newer; '$(PYTHON)' is older. Name another with: make PYTHON=python3.12 …" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)

$(RUN): requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "Setting up $(VENV): what Usher runs with (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(CHARTS): requirements-charts.txt $(RUN)
	@echo "Setting up $(VENV): what draws charts (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-charts.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUN)
	@echo "Setting up $(VENV): what Usher is checked with (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# Without what it depends on: that is discord.py alone, of any version, and ours is there.
$(BENCH): requirements-bench.txt $(DEV)
	@echo "Setting up $(VENV): what Usher is measured beside (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-bench.txt
	@touch $@
