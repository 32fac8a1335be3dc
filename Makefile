# What there is: `make`. Each target does the whole thing on a fresh machine with Python 3.11 and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help install run demo quick test check bench soak torture docs clean

help:
	@echo "make run      start Cardloom on http://127.0.0.1:5001   (ARGS=\"--port 5002 --no-open\")"
	@echo "make demo     see a web site become a link graph: no questions, no network"
	@echo "make quick    lint, types, and the tests that most changes need: under a minute"
	@echo "make test     install what the tests need and run them all"
	@echo "make check    format, lint, types, the order of the rooms"
	@echo "make torture  try to lose an event: power cuts, kills, broken disks, many writers (minutes)"
	@echo "make soak     random work on a server that is killed every few seconds (MINUTES=10)"
	@echo "make bench    measure: page, journal, runs, fork, crawl, graph, each beside its peers (minutes; needs PyPI)"
	@echo "make docs     write the generated parts of the docs again"
	@echo "make install  make the environment in $(VENV) alone"
	@echo "make clean    remove the environment and caches; your workspace stays"

install: $(VENV)/installed

# The pins name packages and versions only; pip finds them where it is set up to look. `compat`: a
# path in a file, instead of a finder that each start of each command would wait 12 ms for.
$(VENV)/installed: pyproject.toml requirements.txt
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || if [ "$$(id -u)" = 0 ]; then \
	    apt-get update -q >/dev/null && apt-get install -q -y --no-install-recommends python3-venv >/dev/null; \
	else echo "Python's venv is missing. On Debian: sudo apt install python3-venv"; exit 1; fi
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable . \
	    --config-settings editable_mode=compat
	@touch $@

$(VENV)/tested: $(VENV)/installed requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

run: install
	@$(BIN)/cardloom serve --workspace workspace $(ARGS)

demo: install
	@$(BIN)/cardloom demo --workspace workspace $(ARGS)

test: $(VENV)/tested
	@sh tests/browser.sh
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

# The rooms whose tests start no browser and few processes.
QUICK := engine runs catalog reports archive golden ui docs test_brief.py journal/test_journal_line.py

quick: $(VENV)/tested
	@$(BIN)/ruff check cardloom tests benchmarks
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -n 2 $(addprefix tests/,$(QUICK)) $(ARGS)

check: $(VENV)/tested
	$(BIN)/ruff format --check cardloom tests benchmarks
	$(BIN)/ruff check cardloom tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/tested
	@sh tests/browser.sh
	$(BIN)/python benchmarks/journal.py --peers
	$(BIN)/python benchmarks/page.py
	$(BIN)/python benchmarks/runs.py
	$(BIN)/python benchmarks/fork.py
	$(BIN)/python benchmarks/crawl.py jdk
	$(BIN)/python benchmarks/graph.py 20k
	$(BIN)/python benchmarks/map.py 10k --rounds 1

MINUTES ?= 10
soak: $(VENV)/tested
	$(BIN)/python tests/proof/soak.py --minutes $(MINUTES) $(ARGS)

torture: $(VENV)/tested
	$(BIN)/python -m pytest tests/proof --long --timeout 0 $(ARGS)

docs: $(VENV)/tested
	$(BIN)/python tests/docs/generate.py

clean:
	rm -rf $(VENV) .bench build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
