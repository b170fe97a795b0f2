# `make run` starts the whole desk, `make test` proves it. Both set up .venv first; neither needs anything running.
#
#   make run [ARGS=--once]   the desk on its own services; --once makes one round trip and stops
#   make test [ARGS=…]       set-up, `make check`, and every test (ARGS go to pytest)
#   make check               format, lint, floors, types, Django's checks, migrations, templates
#   make fix                 let the machine write what `check` would complain about
#   make golden              write the golden papers anew, for review in the diff
#   make bench               documents per second, and queries per operation
#   make bench-credits       what a partial credit costs on long invoices with many notes
#   make bench-api           requests a second on small and on large tables
#   make fuzz                tens of thousands of calls by a stranger with the OpenAPI document
#   make bench-bulk          items of a job a second, and how long others wait meanwhile
#   make bench-pdfa          what it costs to make a paper PDF/A-3b
#   make bench-einvoice      what the gate of e-invoices costs, and papers a second by one worker
#   make screenshots         the pictures of the README, from the real desk
#   make clean               remove .venv and caches; the desk's data in .desk/ stay

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A run on services of its own, started for it and gone afterwards.
ON_SERVICES := $(BIN)/python -m billing_desk.embedded.throwaway

.PHONY: run test check fix bench bench-api fuzz bench-credits bench-bulk bench-pdfa bench-einvoice screenshots golden clean

run: $(VENV)/.runtime
	@$(BIN)/python manage.py desk $(ARGS)

test: check
	$(BIN)/python -m pytest -n 2 $(ARGS)

check: $(VENV)/.tools
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	find templates -name '*.html' -print0 | xargs -0r $(BIN)/djade --check --target-version 5.2

fix: $(VENV)/.tools
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	find templates -name '*.html' -print0 | xargs -0r $(BIN)/djade --target-version 5.2

golden: $(VENV)/.tools
	GOLDEN=write $(BIN)/python -m pytest -k golden $(ARGS)

bench: $(VENV)/.runtime
	$(ON_SERVICES) $(BIN)/python benchmarks/run.py $(ARGS)

bench-api: $(VENV)/.runtime
	$(ON_SERVICES) $(BIN)/python benchmarks/api.py $(ARGS)

fuzz: $(VENV)/.tools
	FUZZ_CASES=20 FUZZ_PHASES=examples,coverage,fuzzing,stateful $(BIN)/python -m pytest -n 0 tests/api/test_fuzz.py $(ARGS)

bench-credits: $(VENV)/.runtime
	$(ON_SERVICES) $(BIN)/python benchmarks/partial_credits.py $(ARGS)

bench-bulk: $(VENV)/.runtime
	$(ON_SERVICES) $(BIN)/python benchmarks/bulk.py $(ARGS)

bench-pdfa: $(VENV)/.tools
	$(BIN)/python benchmarks/pdfa.py $(ARGS)

bench-einvoice: $(VENV)/.tools
	$(ON_SERVICES) $(BIN)/python benchmarks/einvoice.py $(ARGS)

screenshots: $(VENV)/.tools
	$(BIN)/python -m pytest tests/desk/screenshots.py $(ARGS)

clean:
	rm -rf $(VENV) .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache staticfiles
	find . -name __pycache__ -not -path './.desk/*' -prune -exec rm -rf {} +

$(VENV)/.runtime: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Billing Desk needs Python 3.11 or newer; '$(PYTHON)' is not. Set PYTHON=python3.x."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv is missing. On Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.tools: requirements-dev.txt $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
