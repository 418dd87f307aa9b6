# Short targets. `make demo` and `make test` are all a newcomer needs; both set everything up first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test test-slow test-long test-all lint bench

setup: $(BIN)/kindred

$(BIN)/kindred: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kindred needs Python 3.11 or newer: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up .venv: once, and it takes a few minutes"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: setup
	$(BIN)/kindred demo

test: setup lint
	$(BIN)/pytest -n 2 --dist loadfile

test-slow: setup
	$(BIN)/pytest -m slow -n 2 --dist loadfile --ignore tests/browser
	$(BIN)/pytest -m slow -n 2 --dist loadfile tests/browser  # apart: its event loop is the browser's

test-long: setup
	$(BIN)/pytest -m long

test-all: test test-slow test-long

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: setup
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done
