# Everything a developer or a visitor runs. `make help` lists it.
# Needs make, a POSIX shell and Python 3.11, 3.12 or 3.13; all else goes into .venv.

# The Python to build .venv from. Empty: the first fitting of python3, python3.13, 3.12, 3.11.
PYTHON ?=
export PYTHON

# Debian packages that some tests drive, such as a browser. Installed where root has apt.
DEBIAN_PACKAGES := chromium fonts-dejavu-core

# More words for the bench, such as BENCH="--section block" or BENCH=--write-docs.
BENCH ?=

BIN := .venv/bin

# Three at a time on two processors, for some tests wait; the long ones first; who is done takes
# over half of what another has left.
SIDE_BY_SIDE := -n 3 --dist worksteal
MARKET := tests/marketplace tests/golden $(wildcard tests/api/test_cli_*.py)

# What the floors of coverage are held against: measuring makes a test half as long again, so the
# tests that reach the market through a browser, a server or the simulator are not measured.
MEASURED := tests/marketplace tests/pricing tests/golden tests/api/rest $(wildcard tests/api/test_*.py)
COVERED := --cov=marketplace --cov=pricing --cov-branch --cov-report=json:build/coverage.json

# Compiled tests and modules are kept: otherwise each process of a test run makes them anew.
unexport PYTHONDONTWRITEBYTECODE

STEP := @sh .ci/step

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-quick drill bench bench-quick screenshots format lock clean

help: ## list what there is to run
	@echo "GPU Market: teams bid credits for GPU time, a solver clears, everybody can check."
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20
	@echo "Choose another Python with make PYTHON=/path/to/python3 (3.11, 3.12 or 3.13)."

setup: ## make .venv with the packages of requirements.lock, if it is not there yet
	@sh .ci/set-up

demo: setup ## run four weeks of a made-up organisation and write its report
	$(STEP) "Demo: four weeks of an organisation's market" $(BIN)/gpumarket demo --out build/demo
	@echo "Open the report in a browser (it works offline): $(CURDIR)/build/demo/report.html"

test: setup ## format check, lint, import contracts, then strict types beside all tests
	@sh .ci/debian-packages $(DEBIAN_PACKAGES)
	$(STEP) "Format" $(BIN)/python -m ruff format --check .
	$(STEP) "Lint" $(BIN)/python -m ruff check .
	$(STEP) "Import contracts" $(BIN)/lint-imports --no-logo
	@$(MAKE) --no-print-directory -j 2 _types _tests
	$(STEP) "Coverage" $(BIN)/python .ci/coverage_floors.py build/coverage.json
	@echo "All checks passed."

# The two halves of `make test` that run side by side; nobody else names them.
.PHONY: _types _tests
_types: setup
	$(STEP) "Types (mypy, strict)" $(BIN)/python -m mypy

_tests: setup
	$(STEP) "Compile the search, once for all processes of the tests" \
		$(BIN)/python -m tests.allocator.compiled
	@room=$$(sh .ci/room) && trap 'rm -rf "$$room"' EXIT && export TMPDIR="$$room" && \
	sh .ci/step "Tests of the market's rules, on SQLite, and of every query on PostgreSQL too" \
		$(BIN)/python -m pytest $(SIDE_BY_SIDE) --both $(COVERED) $(MEASURED) && \
	sh .ci/step "All other tests" \
		$(BIN)/python -m pytest $(SIDE_BY_SIDE) --both $(MEASURED:%=--ignore=%)

drill: setup ## what is too long for `make test`, on both databases: half an hour
	$(STEP) "Kills" $(BIN)/python -m tests.marketplace.kill_drill
	$(STEP) "Kills, on PostgreSQL" $(BIN)/python -m tests.marketplace.kill_drill --postgresql
	$(STEP) "Kills of the server" $(BIN)/python -m tests.api.service.kill_drill
	$(STEP) "Kills of the server, on PostgreSQL" \
		$(BIN)/python -m tests.api.service.kill_drill --postgresql
	$(STEP) "Long tests" $(BIN)/python -m pytest $(SIDE_BY_SIDE) -m drill
	$(STEP) "Properties, on all their examples" \
		env HYPOTHESIS_PROFILE=drill $(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "hypothesis and not drill"
	$(STEP) "All tests of the market, the long ones too, on PostgreSQL" \
		$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(MARKET) --postgresql -m "not sqlite"

test-quick: setup ## lint and the tests that are not slow
	$(STEP) "Lint" $(BIN)/python -m ruff check .
	$(STEP) "Quick tests" $(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not slow and not drill"

bench: setup ## measure the clearing engine beside general solvers: hours; resumes where it stopped
	$(STEP) "Bench" $(BIN)/python -m tests.bench $(BENCH)

bench-quick: setup ## the same in ten minutes at most; says what it leaves out
	$(STEP) "Quick bench" $(BIN)/python -m tests.bench --quick $(BENCH)

screenshots: demo ## pictures of every page into build/screenshots, and those of README into docs/
	@sh .ci/debian-packages $(DEBIAN_PACKAGES)
	$(STEP) "Screenshots" $(BIN)/python -m tests.api.web.screenshots

format: setup ## put the code into the house's format, and mend what lint can mend
	$(STEP) "Format" $(BIN)/python -m ruff format .
	$(STEP) "Mend" $(BIN)/python -m ruff check --fix .

lock: setup ## write requirements.lock again from pyproject.toml (UPGRADE=1: newest versions)
	@sh .ci/lock

clean: ## remove .venv, build/ and all caches; databases and reports elsewhere stay
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
