# `make test` and `make demo` need make and Python 3.11 or newer; they set up everything else in .venv.
# `make PYTHON=/usr/bin/python3.12 test` chooses the interpreter.

.DEFAULT_GOAL := help
.PHONY: help test demo soak faults fuzz bench sarif-check graph-check clean

# The newest interpreter that runs: a name on the PATH may be a shim that leads nowhere.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)

BIN := .venv/bin
READY := .venv/.ready

help:
	@echo 'make test   lint, types, import contracts and all tests'
	@echo 'make demo   check an example that is right and one that is not, and show both reports'
	@echo 'make bench  measure, and write benchmarks/RESULTS.md'
	@echo 'make soak   hold the readings of the rules against each other: COUNT=100000 SEED=1 JOBS=2'
	@echo 'make faults plant bugs in copies of the tree, and tell which test notices each: JOBS=2'
	@echo 'make fuzz   throw broken and hostile input at all that reads files: COUNT=1000000 SEED=1 START=0'
	@echo 'make sarif-check  hold SARIF reports against a validator from npm (needs node)'
	@echo 'make graph-check  hold pictures of maps against Graphviz and Mermaid (needs graphviz and node)'
	@echo 'make clean  remove what the other targets made'

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo 'no Python 3.11 or newer found; name one with PYTHON=' >&2; exit 1; }
	@echo "setting up .venv with $(PYTHON)" >&2
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt hatchling
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --no-build-isolation --editable '.[dev]'
	@touch $@

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2

CLAIM := properties/only-wordpress-reaches-mysql.yaml
demo: $(READY)
	@echo '$$ netpol check examples/wordpress-mysql/good -p $(CLAIM)'
	@$(BIN)/netpol check examples/wordpress-mysql/good -p $(CLAIM)
	@echo
	@echo '$$ netpol check examples/wordpress-mysql/broken -p $(CLAIM)'
	@$(BIN)/netpol check examples/wordpress-mysql/broken -p $(CLAIM); code=$$?; \
		test $$code -eq 1 || { echo "the broken variant must exit with 1, not $$code" >&2; exit 1; }

# `make bench ARGUMENTS='--profiles SM --turns 2'` measures less; --nca PROGRAM measures network-config-analyzer too.
bench: $(READY)
	$(BIN)/python -m benchmarks.bench $(ARGUMENTS)

COUNT ?= 100000
SEED ?= 1
START ?= 0
JOBS ?= 2
# Inputs that break something are kept in fuzz-findings/. Of a seed, input number N is always the same.
fuzz: $(READY)
	@$(BIN)/python -m tests.fuzzing.campaign $(SEED) $(START) $(COUNT)

# What was done and what was found stay in .soak/; a run that is started again goes on where it was.
soak: $(READY)
	@$(BIN)/python -m tests.soak --count $(COUNT) --seed $(SEED) --jobs $(JOBS)

faults: $(READY)
	@$(BIN)/python -m tests.mutants --jobs $(JOBS)

sarif-check: $(READY)
	@NETPOL=$(BIN)/netpol .ci/sarif-check

graph-check: $(READY)
	@NETPOL=$(BIN)/netpol .ci/graph-check

clean:
	rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
