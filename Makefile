# Everything that a reader of this repository does, one word each: `make help` lists the words.
# Works with GNU make 3.81 (macOS) and later.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin

# One stamp per step. The second one holds the folder it was made in: a virtual environment does not survive a move.
LOCKED := $(VENV)/.locked
READY := $(VENV)/.ready

# A virtual environment that is half-made, was moved, or whose Python is gone is made anew.
ifneq ($(wildcard $(VENV)),)
ifneq ($(shell test -f $(LOCKED) && $(BIN)/python -c 'import pip' 2>/dev/null && cat $(LOCKED)),$(CURDIR))
$(shell rm -f $(LOCKED) $(READY))
endif
endif

# The set-up must not see packages of another Python.
unexport PYTHONPATH
unexport PYTHONHOME

.DEFAULT_GOAL := help
.PHONY: help setup reproduce authors quick check test lab notebooks docs lint lock bench clean

help: ## show this list
	@echo "usage: make WORD        (set-up happens by itself; PYTHON=/path/to/python3 chooses another Python)"
	@echo
	@sed -n 's/^\([a-z]*\):.*## /  \1 /p' Makefile | while read -r word text; do printf '  %-11s %s\n' "$$word" "$$text"; done

reproduce: $(READY) ## run every study of the paper; figures and numbers go to results/
	@$(BIN)/soaplens reproduce

authors: $(READY) ## fetch the trajectory that the paper's group published (9.7 MB), run ice and water on it, add it to the report
	@$(BIN)/soaplens reproduce --data authors

quick: $(READY) ## run the case studies on a short stretch of frames, in two or three minutes
	@$(BIN)/soaplens reproduce --quick

check: $(READY) ## run the tests that need no notebook, browser or server, in about a minute
	@$(BIN)/python -m pytest -n auto --dist loadfile --hypothesis-profile check \
		-m "not notebook and not browser and not server and not slow"

test: $(READY) ## run all tests
	@$(BIN)/python -m pytest -n auto --dist loadfile --durations 15

lab: $(READY) ## open your copies of the notebooks in JupyterLab (LAB_FLAGS="--no-browser --port 8890" are passed on)
	@JUPYTER_PREFER_ENV_PATH=1 $(BIN)/soaplens lab lab $(LAB_FLAGS)

notebooks: $(READY) ## write the notebooks as plain .ipynb files, to ipynb/
	@$(BIN)/soaplens notebooks

docs: $(READY) ## build the site, build/site/index.html; studies as they were executed, if results/ has them
	@$(BIN)/python -m sphinx -W --keep-going --quiet -b html docs build/site && echo build/site/index.html

bench: $(READY) ## measure speed and memory
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

lint: $(READY) ## check style, format and layers of the code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

setup: $(READY) ## create .venv and install everything, no more

lock: ## resolve requirements.lock anew from pyproject.toml, in an environment thrown away afterwards
	@$(find_python); \
	dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	"$$python" -m venv "$$dir/venv" && \
	"$$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check uv && \
	"$$dir/venv/bin/uv" --quiet pip compile pyproject.toml --extra dev --extra movie --extra dask --extra explore --extra docs --output-file requirements.lock \
		--universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
		--custom-compile-command "make lock" $(LOCK_FLAGS) && \
	echo "requirements.lock is up to date (LOCK_FLAGS=--upgrade takes newer versions)"

clean: ## remove .venv, results/ and caches
	rm -rf $(VENV) results build dist .pytest_cache .ruff_cache .hypothesis
	find soaplens_lite tests notebooks benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
	find notebooks -name .ipynb_checkpoints -type d -prune -exec rm -rf {} +

# Sets the shell variable `python`. An explicit PYTHON= is taken at its word from 3.11 on; otherwise a version
# for which the locked packages have wheels is looked for.
define find_python
python=; \
usable() { "$$1" -c "import sys, venv, ensurepip; sys.exit(not ($$2))" >/dev/null 2>&1; }; \
if [ -n "$(PYTHON)" ]; then \
	usable "$(PYTHON)" "sys.version_info >= (3, 11)" && python="$(PYTHON)"; \
else \
	for name in python3 python python3.14 python3.13 python3.12 python3.11; do \
		if usable "$$name" "(3, 11) <= sys.version_info < (3, 15)"; then python="$$name"; break; fi; \
	done; \
fi; \
if [ -z "$$python" ]; then \
	echo "No usable Python was found$(if $(PYTHON), at PYTHON=$(PYTHON))." >&2; \
	echo "soaplens_lite needs Python 3.11, 3.12, 3.13 or 3.14 with its venv module (Debian and Ubuntu: apt install python3-venv)." >&2; \
	echo "If it is there under another name: make PYTHON=/path/to/python3 ..." >&2; \
	exit 1; \
fi
endef

$(LOCKED): requirements.lock
	@$(find_python); \
	echo "Setting up $(VENV) with $$("$$python" --version); this takes a minute or two, once."; \
	rm -rf $(VENV) && \
	"$$python" -m venv $(VENV) && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	printf '%s\n' "$(CURDIR)" > $@

$(READY): $(LOCKED) pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
