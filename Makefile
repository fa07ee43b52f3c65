# make run, make test, make check: each makes what it needs; a second time is quick.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test soak bench check catalogue clean chromium

PYTHON ?= python3
BIND ?= 127.0.0.1:8000
VENV := .venv
PY := $(VENV)/bin/python
CHROMIUM := /usr/bin/chromium
PIP := $(PY) -m pip --disable-pip-version-check

help:  ## say what the targets do
	@echo "make run     make the environment, install, serve a demonstration on http://$(BIND)"
	@echo "make test    install what the tests need, run them"
	@echo "make soak    try in full what `make test` tries in part, for an hour or two"
	@echo "make bench   load a laboratory of 100,000 vials and measure how fast it answers (SIZE, ONLY, KEEP, DATABASE)"
	@echo "make check   lint, format, types, import rules"
	@echo "make catalogue  gather the sentences to translate, compile the translations"
	@echo "make clean   remove the environment and what was built (never var/, the records)"

run: export LIMS_URL ?= http://$(BIND)
run: $(VENV)/.run-installed  ## BIND=0.0.0.0:8000 serves to the network
	@echo "3/3 Making the tables and serving on http://$(BIND); what is empty is filled with a demonstration ..."
	@$(PY) -m lims migrate
	@exec $(PY) -m lims serve --demo --bind $(BIND)

# What is compiled is kept, whatever the shell says of it: the second time begins eight seconds sooner.
test soak: export PYTHONDONTWRITEBYTECODE :=

# PYTEST='-k labels' runs some of them.
test: $(VENV)/.test-installed chromium
	@if [ -x $(CHROMIUM) ] || [ -n "$$CI" ]; then \
	  $(PY) -m pytest -q -n 2 --dist loadgroup --no-loadscope-reorder $(PYTEST); \
	else \
	  $(PY) -m pytest -q -n 2 --dist loadgroup --no-loadscope-reorder -m 'not browser' $(PYTEST) && \
	  echo "The browser tests were left out: sudo apt-get install chromium"; \
	fi

soak: $(VENV)/.test-installed  ## what `make test` tries in part, in full: hundreds of long tries, never the same twice
	LIMS_TEST_SOAK=1 $(PY) -m pytest -q -n 2 --dist loadgroup --no-loadscope-reorder $(PYTEST)

# SIZE=10000 or 1000000 vials; ONLY='Batch' some of the rounds, whose figures are kept with KEEP=1;
# DATABASE=sqlite or postgresql alone.
# What was loaded is kept in BENCH and used again; docs/performance.md is written from the figures.
bench: SIZE ?= 100000
bench: BENCH ?= /tmp/lims-bench
bench: $(VENV)/.test-installed
	@mkdir -p $(BENCH)
	$(PY) -m tests.bench --size $(SIZE) --folder $(BENCH) --only '$(ONLY)' $(if $(DATABASE),--database $(DATABASE))

# Only root may install it; nobody else is asked for a password in the middle of the tests.
chromium:
	@[ -x $(CHROMIUM) ] || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || { \
	  echo "Installing Debian's chromium for the browser tests ..."; \
	  apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium >/dev/null; }

check: $(VENV)/.test-installed
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --config setup.cfg --no-cache

# Then translate what is empty in lims/translations/*/LC_MESSAGES/messages.po, and make it again.
catalogue: $(VENV)/.test-installed
	@$(PY) -m lims.translations

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is not. Name one: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@echo "1/3 Making the environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "No environment could be made. On Debian: sudo apt-get install python3-venv"; exit 1; }

$(VENV)/.run-installed: setup.cfg pyproject.toml | $(PY)
	@echo "2/3 Installing what the program needs (about 20 s the first time) ..."
	@$(PIP) install --editable '.[postgres]'
	@touch $@

$(VENV)/.test-installed: setup.cfg pyproject.toml | $(PY)
	@echo "Installing what the tests need (about 40 s the first time) ..."
	@$(PIP) install --editable '.[dev]'
	@touch $@ $(VENV)/.run-installed
