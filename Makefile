PYTHON ?= python3
BIN = .venv/bin
# Each process has a server of its own; a file stays in one process, because its tests share what they set up. Files of few
# tests are the slow ones: they must not come last.
PARALLEL = -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
PIP = $(BIN)/python -m pip install -qq --disable-pip-version-check

.PHONY: demo test test-pg15 lint bench docs lock clean

demo: .venv/ready
	@$(BIN)/skyledger demo

test: .venv/ready lint
	$(BIN)/pytest $(PARALLEL)

test-pg15: .venv/ready
	$(BIN)/python tests/pg15.py $(PARALLEL)

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: .venv/ready
	@$(MAKE) -s .venv-peers/ready || echo "the peers could not be installed; the benches go on without them"
	$(BIN)/python -m tests.bench

docs: .venv/ready
	$(BIN)/python -m docs.generate

lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --group build --extra test --generate-hashes --no-header -q -o requirements.lock
	uv pip compile --group pyproject.toml:peers --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements-peers.lock

clean:
	@if [ -x $(BIN)/skyledger ]; then $(BIN)/skyledger server stop; fi
	rm -rf .venv .venv-peers .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The server's programs live in .venv: it stops before they go. `.skyledger` (the data) stays.
.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "skyledger needs Python 3.11, 3.12 or 3.13: make PYTHON=python3.12")'
	@$(PYTHON) -c 'import venv, ensurepip' || { echo "skyledger needs the Python module venv (Debian: apt-get install python3-venv)"; exit 1; }
	@command -v unshare setpriv >/dev/null || { echo "skyledger needs unshare and setpriv (Debian: apt-get install util-linux)"; exit 1; }
	@if [ -x $(BIN)/skyledger ]; then $(BIN)/skyledger server stop || true; fi
	@echo "installing into .venv ..."
	@rm -rf .venv && $(PYTHON) -m venv .venv
	@$(PIP) --only-binary :all: --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv-peers/ready: requirements-peers.lock
	@echo "installing into .venv-peers ..."
	@rm -rf .venv-peers && $(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install -qq --disable-pip-version-check --only-binary :all: --require-hashes -r requirements-peers.lock
	@touch $@
