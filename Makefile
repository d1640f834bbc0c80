# Every task of the project. `make` alone lists them. Each needs nothing but itself: it sets up what it uses.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Every cargo run builds PyO3 the same way, so that none of them throws another's work away.
export PYO3_BUILD_EXTENSION_MODULE := 1

# The compiled core lies in the source tree: Python edits need no build, Rust edits rebuild it.
CORE := src/stoat_ferret_core/_core.abi3.so
RUST := Cargo.toml Cargo.lock pyproject.toml $(shell find rust -name '*.rs' -o -name Cargo.toml)
TESTS ?= tests
JOBS ?= 2
EXAMPLES ?= 100
N ?= 300
SEED ?= 1
OPTIONS ?=

# What failed and how to mend it, after the failing command's own words.
or_say = || { printf '\nmake %s: %s\nhint: %s\n' '$@' $(1) $(2) >&2; exit 1; }

.PHONY: help
help: ## list the tasks (this)
	@echo "Tasks of stoat-and-ferret (make TASK):"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(CORE) ## make .venv with stoat in it (quick when nothing changed)
	@:

$(BIN)/.locked: requirements/build.lock requirements/run.lock requirements/dev.lock
	@scripts/need-python >/dev/null
	@echo "Making .venv with the pinned packages ..."
	@python=$$(scripts/need-python); "$$python" -m venv .venv \
	    $(call or_say,"no virtual environment could be made in .venv","remove .venv and try again")
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/build.lock \
	    $(call or_say,"the build tools could not be installed","is a Python package registry in reach?")
	@$(BIN)/python -m pip install --quiet --require-hashes --no-build-isolation \
	    -r requirements/run.lock -r requirements/dev.lock \
	    $(call or_say,"the pinned packages could not be installed","if a hash differs: make upgrade; else: is a registry in reach?")
	@touch $@

$(CORE): $(BIN)/.locked $(RUST)
	@scripts/need-cargo
	@echo "Building the Rust core ..."
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable . \
	    $(call or_say,"the Rust core did not build","mend the first error above; cargo build shows it in full")
	@touch $@

.PHONY: demo
demo: setup ## make footage, edit it, render it, verify it, and show a contact sheet
	@$(BIN)/stoat demo

.PHONY: serve
serve: setup ## run the service on 127.0.0.1:8765 (STOAT_MEDIA_ROOTS names the folders of media)
	@$(BIN)/stoat serve

.PHONY: test
test: setup test-rust test-python ## run every test, Rust's and Python's (TESTS=tests/unit for some)

.PHONY: test-rust
test-rust: ## run the Rust core's tests and doctests
	@scripts/need-cargo
	@cargo test --quiet --workspace --locked \
	    $(call or_say,"a test of the Rust core failed","cargo test -p stoat_ferret_core NAME runs one of them")

.PHONY: test-python
test-python: setup ## run Python's tests (TESTS=tests/unit for some)
	@scripts/need-programs
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal $(TESTS)

.PHONY: contract
contract: setup ## ask the service all that its description allows, and more (EXAMPLES=1000)
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --timeout 0 tests/contract/test_schemathesis.py --examples $(EXAMPLES)

.PHONY: lint
lint: setup ## check form, types, the direction of imports, and Rust
	@$(BIN)/ruff check . $(call or_say,"ruff found something","make format mends what can be mended by itself")
	@$(BIN)/ruff format --check . $(call or_say,"some Python is not formatted","make format")
	@$(BIN)/mypy $(call or_say,"types do not fit","the lines above name file and line")
	@$(BIN)/python -m mypy.stubtest stoat_ferret_core \
	    $(call or_say,"_core.pyi differs from the compiled core","make both say the same")
	@$(BIN)/lint-imports --no-logo $(call or_say,"an import goes the wrong way","ARCHITECTURE.md shows the direction")
	@cargo fmt --check $(call or_say,"some Rust is not formatted","make format")
	@cargo clippy --quiet --workspace --all-targets --locked -- -D warnings \
	    $(call or_say,"clippy found something","the lines above name file and line")
	@echo "lint: all is well"

.PHONY: format
format: setup ## format Python and Rust, and mend what mends itself
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .
	@cargo fmt

.PHONY: bench
bench: setup ## measure against hand-written ffmpeg and other editors (OPTIONS=--write for the page)
	@$(BIN)/python -m benchmarks $(OPTIONS)

.PHONY: golden
golden: setup ## show where effects differ from the pictures that define them, and ask (OPTIONS=--accept)
	@$(BIN)/python tests/golden/make.py $(OPTIONS) \
	    $(call or_say,"effects differ from their definitions","the pictures named above show how; OPTIONS=--accept takes them")

.PHONY: mutate
mutate: setup ## break every effect on purpose, and see that its picture tells (OPTIONS=--write for the page)
	@$(BIN)/python tests/golden/mutate.py $(OPTIONS)

.PHONY: chaos
chaos: setup ## kill the service at random moments and count what is lost (N=300 SEED=1)
	@$(BIN)/python tests/acceptance/chaos.py --kills $(N) --seed $(SEED) \
	    $(call or_say,"something was lost or torn","the last object above names it; the same SEED makes the same edits")

.PHONY: wheel
wheel: setup ## build the one wheel into dist/
	@rm -rf dist
	@$(BIN)/maturin build --quiet --release --locked --out dist \
	    $(call or_say,"the wheel did not build","mend the first error above")
	@ls dist/*.whl

.PHONY: check-wheel
check-wheel: setup ## build the wheel, install it into an empty venv, render with it
	@$(BIN)/python -m pytest tests/integration/test_wheel.py

.PHONY: docs
docs: setup ## write the reference from the code, and check that every document tells the truth
	@$(BIN)/python scripts/reference.py
	@$(BIN)/python -m pytest tests/unit/test_docs.py tests/unit/test_examples.py

.PHONY: upgrade
upgrade: setup ## renew every lock file
	@scripts/lock $(call or_say,"the locks could not be renewed","the lines above say which and why")

.PHONY: clean
clean: ## remove everything that was made
	@rm -rf .venv target dist out .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@rm -f src/stoat_ferret_core/_core*.so
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
