# `make test` and `make demo` need make and Python 3.11 or newer; they set up everything else in .venv.
# `make PYTHON=/usr/bin/python3.12 test` chooses the interpreter.

.DEFAULT_GOAL := help
.PHONY: help test demo soak coverage-check faults fixes fuzz admission bench sarif-check graph-check release-check test-live test-web web-assets playground site clean

# Tests start the program many hundred times: without its bytecode it would be compiled as often.
unexport PYTHONDONTWRITEBYTECODE

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
	@echo 'make fixes  lose single lines of proved policies, and tell how many netpol fix repairs'
	@echo 'make coverage-check  write edits into manifests and check what coverage says of them: COUNT=1000 SEED=1'
	@echo 'make faults plant bugs in copies of the tree, and tell which test notices each: JOBS=2'
	@echo 'make fuzz   throw broken and hostile input at all that reads files: COUNT=1000000 SEED=1 START=0'
	@echo 'make admission  hold what the webhook says of random requests against gates: COUNT=1000 SEED=1'
	@echo 'make sarif-check  hold SARIF reports against a validator from npm (needs node)'
	@echo 'make graph-check  hold pictures of maps against Graphviz and Mermaid (needs graphviz and node)'
	@echo 'make release-check  build what a release publishes, and try it (needs PyPI and npm; takes minutes)'
	@echo 'make test-live  test against real programs, which it sets up: an API server of Kubernetes, kustomize and Helm (needs go)'
	@echo 'make web-assets  fetch what draws the pictures of HTML reports, for wheels that are built after it (needs npm)'
	@echo 'make playground  build the page in which policies are pasted and proved: PLAYGROUND=build/playground (needs npm and PyPI)'
	@echo 'make test-web  open HTML reports, the site and the playground in Chromium, which it sets up, and walk them (needs npm, and apt for Chromium)'
	@echo 'make site   build the documents as a site, in build/site (needs PyPI): SITE_VERSION=main'
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

# COUNT is 100000 where nobody says; a thousand edits take some minutes.
coverage-check: $(READY)
	@$(BIN)/python -m tests.edits $(COUNT) $(SEED)

faults: $(READY)
	@$(BIN)/python -m tests.mutants --jobs $(JOBS)

fixes: $(READY)
	@$(BIN)/python -m tests.mending.trial

admission: COUNT = 1000
admission: $(READY)
	@$(BIN)/python -m tests.admission.campaign $(SEED) $(COUNT)

sarif-check: $(READY)
	@NETPOL=$(BIN)/netpol .ci/sarif-check

graph-check: $(READY)
	@NETPOL=$(BIN)/netpol .ci/graph-check

# Builds what a release publishes, and tries it.
release-check: $(READY)
	@.ci/release-check

# .ci/live sets up, in .live, what the tests need.
test-live: $(READY)
	@.ci/live
	NETPOL_LIVE=1 $(BIN)/python -m pytest tests/live

web-assets:
	@.ci/web-assets

PLAYGROUND := build/playground
playground: $(READY)
	@.ci/playground $(PLAYGROUND)
	@echo 'serve $(PLAYGROUND), for example: python3 -m http.server --directory $(PLAYGROUND)'

# What builds the site has an environment of its own: nothing else needs it, and it needs nothing of netpol.
SITE := .site/.ready
$(SITE): release/site/constraints.txt
	@test -n "$(PYTHON)" || { echo 'no Python 3.11 or newer found; name one with PYTHON=' >&2; exit 1; }
	@echo "setting up .site with $(PYTHON)" >&2
	@$(PYTHON) -m venv --clear .site
	@.site/bin/python -m pip install --quiet --disable-pip-version-check --constraint $< furo myst-parser sphinx
	@touch $@

site: $(SITE)
	@.ci/site

test-web: $(READY) site
	@SCREENSHOTS=$(SCREENSHOTS) .ci/test-web

clean:
	rm -rf web/node_modules tests/web/node_modules playground/node_modules verifier/report/html/vendor
	rm -rf .live .site .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
